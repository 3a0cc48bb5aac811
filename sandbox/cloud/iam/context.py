"""The condition keys of a request: what is told, what is known to be absent, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum


class Missing(Enum):
    """Why a key has no value."""

    ABSENT = "absent"
    """The request has no such key, as on AWS."""
    UNKNOWN = "unknown"
    """Whoever asks does not know whether AWS would fill it in."""


Found = tuple[str, ...] | Missing


class Context:
    """Values of condition keys; their names are compared without case."""

    __slots__ = ("_judged", "_values")

    def __init__(
        self,
        values: Mapping[str, str | Iterable[str]] | None = None,
        *,
        judged: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`judged` says, for a key in lowercase without a value, whether it is known to be absent."""
        self._values = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value)
            for key, value in (values or {}).items()
        }
        self._judged = judged

    def find(self, key: str) -> Found:
        """The values of a key, or why there are none."""
        name = key.lower()
        values = self._values.get(name)
        if values is not None:
            return values
        return Missing.ABSENT if self._judged(name) else Missing.UNKNOWN

    def extended(self, values: Mapping[str, str]) -> Context:
        """The same with more values; those that are there already stay."""
        return Context(
            {**{key.lower(): value for key, value in values.items()}, **self._values}, judged=self._judged
        )
