"""Exports the outputs of a layer, and reads those of the layers below through StackReference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import pulumi

from stacks.errors import LayerOutputError
from stacks.names import PROJECT, Layer, StackName
from stacks.outputs import (
    FoundationOutputs,
    LayerOutputs,
    PlatformOutputs,
    ServiceOutputs,
    Table,
    WorkloadOutputs,
    as_text,
    as_texts,
)

_T = TypeVar("_T")

Made = pulumi.Input[str]
MadeList = pulumi.Input[Sequence[pulumi.Input[str]]]
MadeFoundation = FoundationOutputs[Made, MadeList]
MadePlatform = PlatformOutputs[Made, MadeList]
MadeWorkloads = WorkloadOutputs[Made, MadeList]

Referenced = pulumi.Output[str]
ReferencedList = pulumi.Output[list[str]]
ReferencedFoundation = FoundationOutputs[Referenced, ReferencedList]
ReferencedPlatform = PlatformOutputs[Referenced, ReferencedList]


def export_outputs(outputs: LayerOutputs[Made, MadeList]) -> None:
    """Export the outputs of a layer as those of the current stack."""
    for name, value in _by_name(outputs).items():
        pulumi.export(name, value)


def read_foundation(stack: StackName) -> ReferencedFoundation:
    """The outputs of the foundation below a stack; errors surface once values are known."""
    return FoundationOutputs.read(ReferencedOutputs(stack.below(Layer.FOUNDATION)))


def read_platform(stack: StackName) -> ReferencedPlatform:
    """The outputs of the platform below a stack; errors surface once values are known."""
    return PlatformOutputs.read(ReferencedOutputs(stack.below(Layer.PLATFORM)))


def pick(table: Table[Referenced], names: Iterable[str]) -> pulumi.Output[Mapping[str, str]]:
    """Some texts of a table; not known until each of them is."""
    wanted = {name: table[name] for name in names}
    return pulumi.Output.all(**wanted) if wanted else pulumi.Output.from_input({})


class ReferencedOutputs:
    """The outputs of another stack of the same project and organization."""

    def __init__(self, stack: StackName) -> None:
        self._stack = stack
        self._reference = pulumi.StackReference(
            str(stack), stack_name=f"{pulumi.get_organization()}/{PROJECT}/{stack}"
        )

    def text(self, name: str) -> Referenced:
        """An output that is text."""
        return self._read(name, "text", as_text)

    def texts(self, name: str) -> ReferencedList:
        """An output that is a list of texts."""
        return self._read(name, "a list of texts", as_texts)

    def table(self, name: str) -> Table[Referenced]:
        """An output that has texts by their names."""
        return _ReferencedTable(self, name)

    def entry(self, name: str, key: str) -> Referenced:
        """One text of a table; one that is not known yet leaves the others known."""

        def found(table: Any) -> Any:
            if isinstance(table, pulumi.output.Unknown):
                return table
            value = table.get(key) if isinstance(table, Mapping) else None
            if isinstance(value, str | pulumi.output.Unknown):
                return value
            raise self._error(name, f"a table with `{key}`")

        return self._whole(name).apply(found, run_with_unknowns=True)

    def _read(self, name: str, expected: str, check: Callable[[Any], _T | None]) -> pulumi.Output[_T]:
        def checked(value: Any) -> _T:
            found = check(value)
            if found is None:
                raise self._error(name, expected)
            return found

        return self._whole(name).apply(checked)

    def _whole(self, name: str) -> pulumi.Output[Any]:
        def found(outputs: Any) -> Any:
            return outputs if isinstance(outputs, pulumi.output.Unknown) else outputs.get(name)

        # get_output would take every output for unknown as soon as one of them is
        return self._reference.outputs.apply(found, run_with_unknowns=True)

    def _error(self, name: str, expected: str) -> LayerOutputError:
        return LayerOutputError(
            stack=str(self._stack),
            output=name,
            expected=expected,
            hint=f"deploy it first, `pulumi up -s {self._stack}`",
        )


class _ReferencedTable:
    """A table of another stack, of which each text is looked up by itself."""

    def __init__(self, outputs: ReferencedOutputs, name: str) -> None:
        self._outputs = outputs
        self._name = name

    def __getitem__(self, key: str, /) -> Referenced:
        return self._outputs.entry(self._name, key)


def _by_name(outputs: LayerOutputs[Any, Any] | ServiceOutputs[Any]) -> dict[str, Any]:
    return {field.name: _exported(getattr(outputs, field.name)) for field in fields(outputs)}


def _exported(value: Any) -> Any:
    """The value of an output as Pulumi takes it: services become tables."""
    if isinstance(value, Mapping):
        return {name: _exported(item) for name, item in value.items()}
    return _by_name(value) if isinstance(value, ServiceOutputs) else value
