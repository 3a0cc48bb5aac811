"""Reads what a schema says: the groups that an action is in, and the types of its context.

Cedar gives no tree of a schema, but prints it in one regular form, which this reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cedarpy

from policies.calls.language.text import unescape

_TOKEN = re.compile(r'\s+|//[^\n\r]*|("(?:\\.|[^"\\])*"|::|[A-Za-z_][A-Za-z0-9_]*|.)', re.DOTALL)


class UnreadSchemaError(Exception):
    """The schema is printed in a form that is not read here."""


@dataclass(frozen=True, slots=True)
class AtomType:
    """`String`, `Long`, `Bool`, `datetime`, `duration`, `decimal`, `ipaddr`, or the name of an entity."""

    name: str


@dataclass(frozen=True, slots=True)
class SetType:
    """A set of values of one type."""

    element: CedarType


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record: the type of each attribute, and whether it has to be there."""

    attributes: Mapping[str, tuple[CedarType, bool]] = field(default_factory=dict)


CedarType = AtomType | SetType | RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionType:
    """What the schema says of an action: its groups, also those that groups are in, and what it applies to.

    `context` is None for an action that applies to nothing, and so can not be asked about.
    """

    groups: frozenset[str]
    principals: frozenset[str]
    resources: frozenset[str]
    context: RecordType | None


@lru_cache(maxsize=32)
def action_types(schema: str) -> Mapping[str, ActionType]:
    """Every action of a schema without name space, by its name.

    Raises ValueError if the schema does not parse, UnreadSchemaError if it is not understood.
    """
    reader = _Reader(str(cedarpy.Schema.from_str(schema)))
    reader.read()
    return reader.actions()


def _name_of(word: str) -> str:
    """A name, which may be written as a string literal."""
    return unescape(word) if word.startswith('"') else word


class _Reader:
    """Reads the declarations of a printed schema, one after the other."""

    def __init__(self, text: str) -> None:
        self._words = [found[1] for found in _TOKEN.finditer(text) if found[1]]
        self._at = 0
        self._types: dict[str, Any] = {}
        self._actions: dict[str, tuple[list[str], dict[str, Any]]] = {}

    def read(self) -> None:
        """Read every declaration. Raises UnreadSchemaError."""
        while self._at < len(self._words):
            match self._annotated():
                case "type":
                    name = self._next()
                    self._expect("=")
                    self._types[name] = self._type()
                    self._expect(";")
                case "action":
                    self._action()
                case "entity":
                    self._skip_to(";")
                case "namespace":
                    self._skip_to("{")
                    self._skip_block()
                case other:
                    raise UnreadSchemaError(other)

    def actions(self) -> dict[str, ActionType]:
        """The actions that were read, with all types looked up."""
        return {
            name: ActionType(
                groups=frozenset(self._ancestors(name)),
                principals=frozenset(applies.get("principal", ())),
                resources=frozenset(applies.get("resource", ())),
                context=self._context(applies),
            )
            for name, (_, applies) in self._actions.items()
        }

    def _context(self, applies: Mapping[str, Any]) -> RecordType | None:
        if not applies:
            return None
        found = self._resolve(applies.get("context", {}), frozenset())
        if not isinstance(found, RecordType):
            raise UnreadSchemaError("context")
        return found

    def _ancestors(self, name: str) -> Iterator[str]:
        pending, seen = list(self._actions[name][0]), set[str]()
        while pending:
            group = pending.pop()
            if group not in seen:
                seen.add(group)
                yield group
                pending += self._actions.get(group, ([], {}))[0]

    def _resolve(self, written: Any, inside: frozenset[str]) -> CedarType:
        if isinstance(written, dict):
            return RecordType(
                {name: (self._resolve(kind, inside), needed) for name, (kind, needed) in written.items()}
            )
        if isinstance(written, tuple):
            return SetType(self._resolve(written[0], inside))
        name = str(written).removeprefix("__cedar::")
        if written in self._types and written not in inside:
            return self._resolve(self._types[written], inside | {written})
        return AtomType("Bool" if name == "Boolean" and name not in self._types else name)

    def _action(self) -> None:
        names = [self._name()]
        while self._take(","):
            names.append(self._name())
        groups: list[str] = []
        if self._take("in"):
            many = self._take("[")
            groups.append(self._group())
            while many and self._take(","):
                groups.append(self._group())
            if many:
                self._expect("]")
        applies = self._applies() if self._take("appliesTo") else {}
        self._expect(";")
        for name in names:
            self._actions[name] = (groups, applies)

    def _applies(self) -> dict[str, Any]:
        self._expect("{")
        found: dict[str, Any] = {"context": {}}
        while not self._take("}"):
            part = self._next()
            self._expect(":")
            found[part] = self._type() if part == "context" else self._entity_types()
            self._take(",")
        return found

    def _entity_types(self) -> list[str]:
        if not self._take("["):
            return [self._path()]
        found: list[str] = []
        while not self._take("]"):
            found.append(self._path())
            self._take(",")
        return found

    def _type(self) -> Any:
        """A type as it is written: a name, a tuple around a set's element, a dictionary for a record."""
        if self._take("{"):
            record: dict[str, tuple[Any, bool]] = {}
            while not self._take("}"):
                self._annotations()
                name = self._name()
                optional = self._take("?")
                self._expect(":")
                record[name] = (self._type(), not optional)
                self._take(",")
            return record
        name = self._path()
        if name == "Set" and self._take("<"):
            element = self._type()
            self._expect(">")
            return (element,)
        return name

    def _group(self) -> str:
        """The name of a group; one in another name space keeps its whole path."""
        path = self._path()
        return path.removeprefix("Action::")

    def _path(self) -> str:
        parts = [self._name()]
        while self._take("::"):
            parts.append(self._name())
        return "::".join(parts)

    def _annotated(self) -> str:
        self._annotations()
        return self._next()

    def _annotations(self) -> None:
        while self._take("@"):
            self._next()
            if self._take("("):
                self._skip_to(")")

    def _name(self) -> str:
        return _name_of(self._next())

    def _next(self) -> str:
        if self._at >= len(self._words):
            raise UnreadSchemaError("it ends too early")
        self._at += 1
        return self._words[self._at - 1]

    def _take(self, word: str) -> bool:
        found = self._at < len(self._words) and self._words[self._at] == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise UnreadSchemaError(json.dumps(self._words[self._at : self._at + 1]))

    def _skip_to(self, word: str) -> None:
        while self._next() != word:
            pass

    def _skip_block(self) -> None:
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self._next(), 0)
