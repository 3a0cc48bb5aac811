"""What a rule looks at: one resource, however its attributes are spelled.

Rules name attributes as Terraform does (`logging_config.log_group`). Pulumi says the same in camelCase, with
an object where a block can stand at most once; a parsed Terraform plan has each value in a list of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..graph.values import UNKNOWN, Unknown

Spelling = Callable[[str], str]


class NotKnownError(Exception):
    """A rule asked for a value that only a deployment brings; the resource cannot be judged yet."""

    def __init__(self, path: str, *, said: str = "") -> None:
        """Name the attribute, or say in other words what is not known."""
        super().__init__(said or f"`{path}` is not known before a deployment")


class NotConcernedError(Exception):
    """A rule that is not about this resource, although it is about some of its type."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """A resource's attributes, or those of a block in it.

    `spell` turns an attribute's name into the key that the values are kept under.
    """

    values: Mapping[str, Any]
    spell: Spelling

    def has(self, path: str) -> bool:
        """Whether an attribute is given at all: what is not known yet is given, an empty text is not."""
        return self._find(path) not in (None, "")

    def get(self, path: str) -> Any:
        """An attribute's value, None where it is not given; raises NotKnownError."""
        found = self._find(path)
        if found is UNKNOWN:
            raise NotKnownError(self._spelled(path))
        return found

    def number(self, path: str) -> int | None:
        """A whole number, None where it is not given; plans may have numbers as text.

        Raises NotKnownError, also for what is no number.
        """
        found = self.get(path)
        if found in (None, ""):
            return None
        try:
            return int(found) if isinstance(found, float) and found.is_integer() else int(str(found))
        except ValueError as error:
            name = self._spelled(path)
            raise NotKnownError(
                path, said=f"`{name}` is no whole number, so nothing can be said of it"
            ) from error

    def flag(self, path: str) -> bool:
        """Whether a switch is on; plans may have switches as text. Raises NotKnownError."""
        return str(self.get(path)).lower() == "true"

    def blocks(self, path: str) -> Iterator[Attributes]:
        """Each block under a name; raises NotKnownError, for one of several after those that are known."""
        found = self.get(path)
        items = found if isinstance(found, list) else [found]
        for item in items:
            if isinstance(item, Mapping):
                yield Attributes(item, self.spell)
        if UNKNOWN in items:
            raise NotKnownError(self._spelled(path))

    def texts(self, path: str) -> tuple[str, ...]:
        """A list of texts, or a single one; raises NotKnownError."""
        found = self.get(path)
        if found is None:
            return ()
        items = list(_flat(found if isinstance(found, list) else [found]))
        if UNKNOWN in items:
            raise NotKnownError(self._spelled(path))
        return tuple(str(item) for item in items if item is not None)

    def raw(self, path: str) -> Any:
        """An attribute's value as it is, UNKNOWN where it is not known, None where it is not given."""
        return self._find(path)

    def items(self, path: str) -> list[Any]:
        """Each value in a list, or the only one, with UNKNOWN for what is not known; empty for none."""
        found = self._find(path)
        items = found if isinstance(found, list) else [found]
        return [item for item in _flat(items) if item is not None]

    def blocks_or_unknown(self, path: str) -> Iterator[Attributes | Unknown]:
        """Each block under a name, or UNKNOWN for one that is not known."""
        for item in self.items(path):
            if isinstance(item, Mapping):
                yield Attributes(item, self.spell)
            elif item is UNKNOWN:
                yield UNKNOWN

    def _spelled(self, path: str) -> str:
        return ".".join(map(self.spell, path.split(".")))

    def _find(self, path: str) -> Any:
        value: Any = self.values
        for name in path.split("."):
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is UNKNOWN:
                return UNKNOWN
            if not isinstance(value, Mapping):
                return None
            value = _unwrapped(_look_up(value, self.spell(name)))
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A resource to be judged on a day: its Terraform type, its attributes, and whether it can have tags.

    `written` are the attributes that the program gave, where the others tell also what AWS has chosen, and
    `unrevealed` are the same with their secrets marked; None where secrets cannot be told from other values.
    `related` are the other resources that belong together with it (related.py), where all are known.
    """

    kind: str
    attributes: Attributes
    taggable: bool
    today: date
    written: Attributes | None = None
    unrevealed: Mapping[str, Any] | None = None
    related: tuple[Subject, ...] = ()

    @property
    def program(self) -> Attributes:
        """What the program gave."""
        return self.attributes if self.written is None else self.written


def _look_up(values: Mapping[str, Any], key: str) -> Any:
    """A value by its name; Pulumi has a list of blocks in the plural."""
    for name in (key, f"{key}s", f"{key[:-1]}ies", f"{key}es"):
        if name in values:
            return values[name]
    return None


def camel(name: str) -> str:
    """`log_group` as Pulumi spells it: `logGroup`."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _unwrapped(value: Any) -> Any:
    """What is in a list of one value that is no block; such lists are how a parsed plan keeps values."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], Mapping):
        return value[0]
    return value


def _flat(items: list[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item
