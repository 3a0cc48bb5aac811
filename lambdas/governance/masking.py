"""Masks inputs of a decision in its log line. Pure.

A list names the fields to mask: `tenant`, `context` (all of it), or a field in it such as `context.purpose`.
Every other field that was sent is shown.
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
    """The inputs of a question for the log, and the paths of those that are masked in them."""

    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    masked: tuple[str, ...] = ()


class Masks:
    """A list of paths to mask: `tenant`, `context` or paths below it. Raises ValueError for any other."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        for path in self._paths:
            if _PATH.fullmatch(path) is None:
                raise ValueError(f"`{path}` is not `tenant`, `context` or a path such as `context.purpose`")

    @classmethod
    def read(cls, text: str) -> Masks:
        """Read a list of paths with commas between them; an empty text masks nothing."""
        return cls(path.strip() for path in text.split(",") if path.strip())

    def show(self, question: Question) -> ShownInputs:
        """Mask the inputs of a question."""
        if question.tenant is None and question.context is None:
            return _NO_INPUTS
        inputs: dict[str, Any] = {"tenant": question.tenant, "context": question.context}
        masked = []
        for path in self._paths:
            inputs, hidden = _mask(inputs, path.split("."))
            if hidden:
                masked.append(path)
        return ShownInputs(tenant=inputs["tenant"], context=inputs["context"], masked=tuple(masked))


_NO_INPUTS = ShownInputs()


def _mask(inputs: Mapping[str, Any], path: list[str]) -> tuple[dict[str, Any], bool]:
    """A copy with the value at a path masked, and whether there was a value."""
    name, *rest = path
    found = inputs.get(name)
    if found is None:
        return dict(inputs), False
    if not rest:
        return {**inputs, name: {MASK: MASK} if path == ["context"] else MASK}, True
    if not isinstance(found, Mapping):
        return dict(inputs), False
    inner, hidden = _mask(found, rest)
    return {**inputs, name: inner}, hidden
