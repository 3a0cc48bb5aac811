"""Which inputs of a decision its log line shows. Pure.

A declared list names fields of the question: `tenant`, `context` (all of it) or one below it such as
`context.purpose`. What it names is masked, what was not sent is not there, everything else is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.calls.deciding.model import Question

MASK = "***"
_PATH = re.compile(r"tenant|context(\.[^.,\s]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInputs:
    """The inputs as the log may have them, and the paths of those that are masked in it."""

    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    masked: tuple[str, ...] = ()


class Masks:
    """A declared list of paths to mask. Raises ValueError for one that is no path of a question."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Take `tenant`, `context` and paths below `context`."""
        self._paths = tuple(dict.fromkeys(paths))
        for path in self._paths:
            if _PATH.fullmatch(path) is None:
                raise ValueError(f"`{path}` is not `tenant`, `context` or a path such as `context.purpose`")

    @classmethod
    def read(cls, text: str) -> Masks:
        """Of a list with commas between its paths; an empty text masks nothing."""
        return cls(path.strip() for path in text.split(",") if path.strip())

    def show(self, question: Question) -> ShownInputs:
        """What the log may have of a question."""
        if question.tenant is None and question.context is None:
            return _NOTHING
        inputs: dict[str, Any] = {"tenant": question.tenant, "context": question.context}
        masked = []
        for path in self._paths:
            inputs, hidden = _hide(inputs, path.split("."))
            if hidden:
                masked.append(path)
        return ShownInputs(tenant=inputs["tenant"], context=inputs["context"], masked=tuple(masked))


_NOTHING = ShownInputs()


def _hide(inputs: Mapping[str, Any], path: list[str]) -> tuple[dict[str, Any], bool]:
    """A copy with one value masked, and whether there was one."""
    name, *rest = path
    found = inputs.get(name)
    if found is None:
        return dict(inputs), False
    if not rest:
        return {**inputs, name: {MASK: MASK} if path == ["context"] else MASK}, True
    if not isinstance(found, Mapping):
        return dict(inputs), False
    inner, hidden = _hide(found, rest)
    return {**inputs, name: inner}, hidden
