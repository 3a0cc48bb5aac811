"""One API call as data: which operation, with which of a resource's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One API call made from a resource's inputs.

    `inputs` are translated by name against the operation's input shape; `rename` gives the API's name of an
    input, or of a nested part of one by its dotted path, where it is not the mechanical one; `given` are
    further arguments: templates and constants. `result` is the path to the part of the answer that describes
    the resource.
    """

    operation: str
    inputs: tuple[str, ...] = ()
    _: KW_ONLY
    rename: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    result: str = "@"

    def taken(self) -> frozenset[str]:
        """Give the inputs that this call sends."""
        return frozenset(self.inputs) | {name for name in self.rename if "." not in name}
