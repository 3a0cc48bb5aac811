"""The frozen values of a checked policy set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Effect = Literal["permit", "forbid"]


class DeclaredCall(Protocol):
    """A call that one service declares to make: who, whom, and with which intent."""

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
        """The file that declares it, as far as that is known."""

    @property
    def line(self) -> int | None:
        """The line of its intent there, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """The text of one policy file and where it came from.

    `generated` text stands in no file: `path` names the declaration it follows from, and it has no lines.
    """

    path: Path
    text: str
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One Cedar policy that parsed and fits the schema.

    `principal` and `action` are the names that its scope fixes with `==`; None where it may apply to more
    than one. `text` is the policy alone, from its first annotation to its semicolon.
    """

    id: str
    reason: str
    effect: Effect
    principal: str | None
    action: str | None
    text: str
    path: Path
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySources:
    """A whole checked set: policies in the order of their ids, the schema's text and the actions it names."""

    policies: tuple[Policy, ...]
    schema: str
    actions: tuple[str, ...]
