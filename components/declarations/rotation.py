"""How a secret gets its next value."""

from __future__ import annotations

from enum import StrEnum


class RotationKind(StrEnum):
    """What the rotation function does with a secret; it reads this from the secret's tag."""

    GENERATED = "generated"
    """A new random text, which only the readers of the secret have to know."""
