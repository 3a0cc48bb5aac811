"""An API call as data: its operation, and the resource inputs that it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiCall:
    """An API call that sends inputs of a resource.

    `inputs` are translated by name against the operation's input shape. `rename` has the API's name of an
    input, or of a nested part of one by its dotted path, where the translation would not find it. `given` are
    further arguments: constants, and templates. `result` is the JMESPath to the part of the response that
    describes the resource.
    """

    operation: str
    inputs: tuple[str, ...] = ()
    _: KW_ONLY
    rename: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    result: str = "@"

    def sent_inputs(self) -> frozenset[str]:
        """The names of the inputs that this call sends."""
        return frozenset(self.inputs) | {name for name in self.rename if "." not in name}
