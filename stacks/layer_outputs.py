"""Reads what the layers below put out, through StackReference, and refuses what is missing or misshapen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

    def entry(self, name: str, key: str) -> pulumi.Output[str]:
        """One text of an output that is a table; an entry that is not known yet leaves the others known."""

        def found(table: Any) -> Any:
            if isinstance(table, pulumi.output.Unknown):
                return table
            value = table.get(key) if isinstance(table, Mapping) else None
            if isinstance(value, str | pulumi.output.Unknown):
                return value
            raise LayerOutputError(stack=self._stack, output=name, expected=f"a table with `{key}`")

        return self._whole(name).apply(found, run_with_unknowns=True)

    def entries(self, name: str, keys: Iterable[str]) -> pulumi.Output[Mapping[str, str]]:
        """Some texts of an output that is a table; not known until each of them is."""
        wanted = {key: self.entry(name, key) for key in keys}
        return pulumi.Output.all(**wanted) if wanted else pulumi.Output.from_input({})

    def _read(self, name: str, expected: str, check: Callable[[Any], _T | None]) -> pulumi.Output[_T]:
        def checked(value: Any) -> _T:
            found = check(value)
            if found is None:
                raise LayerOutputError(stack=self._stack, output=name, expected=expected)
            return found

        return self._whole(name).apply(checked)

    def _whole(self, name: str) -> pulumi.Output[Any]:
        def found(outputs: Any) -> Any:
            return outputs if isinstance(outputs, pulumi.output.Unknown) else outputs.get(name)

        # get_output would take every output for unknown as soon as one of them is
        return self._reference.outputs.apply(found, run_with_unknowns=True)


def as_text(value: Any) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None


def as_texts(value: Any) -> list[str] | None:
    """The value if it is a list of texts, else None."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None
