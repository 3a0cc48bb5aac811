"""What is asked for with a new service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call: of or by the new service."""

    service: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewService:
    """What was asked for. `callers` are services that get to call it, for each of its intents; `gate` is
    whether it stands behind the gate instead of being made with the kit.
    """

    name: str
    intents: tuple[str, ...]
    calls: tuple[NewCall, ...] = ()
    callers: tuple[str, ...] = ()
    gate: bool = False

    @property
    def title(self) -> str:
        """Its name as a heading."""
        return self.name.capitalize()

    @property
    def code(self) -> str:
        """The module that does its work, in its folder."""
        return "main.py" if self.gate else "app.py"
