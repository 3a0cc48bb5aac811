"""Reads what the layers below put out, through StackReference, and refuses what is missing or misshapen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

from stacks.errors import LayerOutputError
from stacks.names import PROJECT, StackName

_T = TypeVar("_T")


class LayerOutputs:
    """The outputs of one stack, each read as what it has to be; errors surface once values are known."""

    def __init__(self, stack: StackName) -> None:
        """Refer to a stack of the same project and organization."""
        self._stack = str(stack)
        self._reference = pulumi.StackReference(
            str(stack), stack_name=f"{pulumi.get_organization()}/{PROJECT}/{stack}"
        )

    def text(self, name: str) -> pulumi.Output[str]:
        """An output that is text."""
        return self._read(name, "text", as_text)

    def texts(self, name: str) -> pulumi.Output[list[str]]:
        """An output that is a list of texts."""
        return self._read(name, "a list of texts", as_texts)

    def table(self, name: str) -> pulumi.Output[Mapping[str, str]]:
        """An output that is a table of texts."""
        return self._read(name, "a table of texts", as_table)

    def entry(self, name: str, key: str) -> pulumi.Output[str]:
        """One text of an output that is a table."""
        return self._read(name, f"a table with `{key}`", lambda value: (as_table(value) or {}).get(key))

    def _read(self, name: str, expected: str, check: Callable[[Any], _T | None]) -> pulumi.Output[_T]:
        def checked(value: Any) -> _T:
            found = check(value)
            if found is None:
                raise LayerOutputError(stack=self._stack, output=name, expected=expected)
            return found

        return self._reference.get_output(name).apply(checked)


def as_text(value: Any) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None


def as_texts(value: Any) -> list[str] | None:
    """The value if it is a list of texts, else None."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def as_table(value: Any) -> Mapping[str, str] | None:
    """The value if it is a table of texts, else None."""
    if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
        return value
    return None
