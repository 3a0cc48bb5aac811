"""Inputs in which an output has become text: what the program meant was the value inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings.severity import Severity
from ..rule import Guardrail, Reach
from ..subject import Subject

_MARKS = (
    "Calling __str__ on an Output",
    "<pulumi.output.Output object at",
    "Calling [toString] on an [Output<T>]",
    "Calling [toJSON] on an [Output<T>]",
    "[object Promise]",
    "Pulumi.Output`1[",
    "com.pulumi.core.internal.OutputInternal@",
    "pulumi.StringOutput{",
    "*pulumi.OutputState",
    "<coroutine object ",
)
"""What each of Pulumi's languages makes of an output, or a promise, that is put into a text."""


def _judge(subject: Subject) -> str | None:
    for name, text in _texts(subject.program.values, ""):
        if any(mark in text for mark in _MARKS):
            return f"`{name}` has an output as text, and not its value"
    return None


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            place = f"{name}.{key}" if name else str(key)
            yield place, str(key)
            yield from _texts(item, place)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)


OUTPUT_TEXT = Guardrail(
    id="CKV_MYELIN_14",
    name="no-output-as-text",
    title="Ensure that no input has an output as text",
    hint="use `Output.concat`, `Output.format`, `pulumi.interpolate` or `apply`",
    reach=Reach.ANYBODY,
    kinds=("aws_*",),
    judge=_judge,
    severity=Severity.HIGH,
)
