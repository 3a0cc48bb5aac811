"""What differs between the inputs of two releases. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from typing import Any

from cli.releases.recorded_inputs import RecordedInputs, canonical


class InputKind(StrEnum):
    """The kind of an input."""

    SETTING = "setting"
    IMAGE = "image"
    DECLARATION = "declaration"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDifference:
    """One input that differs: its old and its new value, None where there is none.

    `name` is `layer key` of a setting, the service of an image, `service key` of a declaration, and the file
    of a policy, whose values are its whole text.
    """

    kind: InputKind
    name: str
    old: str | None
    new: str | None

    def document(self) -> dict[str, str | None]:
        """The difference as a JSON value."""
        return {"kind": self.kind.value, "name": self.name, "old": self.old, "new": self.new}


def compare_inputs(old: RecordedInputs, new: RecordedInputs) -> tuple[InputDifference, ...]:
    """Everything that differs, settings first, then images, declarations and policies."""
    return (
        *_differences(InputKind.SETTING, _settings(old), _settings(new)),
        *_differences(InputKind.IMAGE, old.images, new.images),
        *_differences(InputKind.DECLARATION, _declarations(old), _declarations(new)),
        *_differences(InputKind.POLICY, old.policies, new.policies),
    )


def difference_lines(differences: tuple[InputDifference, ...]) -> Iterator[str]:
    """The differences for people: a line each, and the changed lines of policies."""
    for one in differences:
        if one.kind is not InputKind.POLICY:
            yield f"{one.kind:<11} {one.name}: {_shown(one.old)} -> {_shown(one.new)}"
            continue
        what = "added" if one.old is None else "removed" if one.new is None else "changed"
        yield f"{one.kind:<11} {one.name}: {what}"
        old, new = (one.old or "").splitlines(), (one.new or "").splitlines()
        for line in list(unified_diff(old, new, lineterm="", n=0))[2:]:
            if not line.startswith("@@"):
                yield f"    {line}"


def _differences(
    kind: InputKind, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[InputDifference]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield InputDifference(kind=kind, name=name, old=old.get(name), new=new.get(name))


def _settings(inputs: RecordedInputs) -> Mapping[str, str]:
    return {
        f"{layer} {key}": text
        for layer, settings in inputs.settings.items()
        for key, text in settings.items()
    }


def _declarations(inputs: RecordedInputs) -> Mapping[str, str]:
    return {
        f"{service} {key}": text
        for service, declaration in inputs.declarations.items()
        for key, text in _flat(declaration).items()
    }


def _flat(declaration: str) -> Mapping[str, str]:
    """A declaration by its keys; one that cannot be read, as its text."""
    try:
        return dict(_entries("", tomllib.loads(declaration)))
    except tomllib.TOMLDecodeError:
        return {"(text)": declaration}


def _entries(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and (value or not prefix):
        for key, inner in value.items():
            yield from _entries(f"{prefix}.{key}" if prefix else key, inner)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value):
            yield from _entries(f"{prefix}[{place}]", item)
    else:
        yield prefix, value if isinstance(value, str) else canonical(value)


def _shown(value: str | None) -> str:
    if value is None:
        return "none"
    return f"{value[:19]}…" if value.startswith("sha256:") else f"`{value}`"
