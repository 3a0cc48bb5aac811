"""The values of a policy set: its files, its policies, and the calls that services declare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Effect = Literal["permit", "forbid"]


class DeclaredCall(Protocol):
    """A call that one service declares to make to another, with the place of the declaration."""

    @property
    def caller(self) -> str:
        """The name of the service that calls."""

    @property
    def callee(self) -> str:
        """The name of the service that is called."""

    @property
    def intent(self) -> str:
        """What for; an action of the schema."""

    @property
    def path(self) -> Path | None:
        """The file that declares it; None where it is not known."""

    @property
    def line(self) -> int | None:
        """The line of the intent in that file, from 1; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """The text of one file, and its path.

    `generated` text is in no file: `path` is the declaration that it follows from, and lines have no meaning.
    """

    path: Path
    text: str
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One Cedar policy as it is written, after it parsed and was found to fit the schema.

    `principal` and `action` are the names in its scope after `==`; None where it may apply to more than one.
    `text` reaches from the first annotation to the semicolon. `line` is None where it follows from a
    declaration. `resource` is the service that its scope names after `==` or `in`; None where it may be any.
    """

    id: str
    reason: str
    effect: Effect
    principal: str | None
    action: str | None
    text: str
    path: Path
    line: int | None
    resource: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySources:
    """A checked policy set: the policies by id, the text of the schema, and the names of its actions."""

    policies: tuple[Policy, ...]
    schema: str
    actions: tuple[str, ...]
