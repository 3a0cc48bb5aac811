"""How a secret gets its next value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

ADDRESS = r"^(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[A-Za-z0-9._/=+@-]*)?$"
"""Of an issuer: what fits into a tag of AWS; without TLS on this machine alone, where a sandbox is."""


class RotationKind(StrEnum):
    """What the rotation function does with a secret; it reads this from the secret's tag."""

    GENERATED = "generated"
    """A new random text, which only the readers of the secret have to know."""
    CALL = "call"
    """The same, of which another system is told by a call."""
    BY_HAND = "by-hand"
    """Nothing: people put its values in."""


class SecretDeclaration(BaseModel):
    """A secret of a service; `tell` and `test` are the addresses of who issues it (docs/rotation.md)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    purpose: str = Field(description="text")
    rotate: RotationKind = Field(
        default=RotationKind.GENERATED, strict=False, description="`generated`, `call` or `by-hand`"
    )
    tell: str = Field(default="", max_length=256, pattern=rf"{ADDRESS}|^$", description="an https URL")
    test: str = Field(default="", max_length=256, pattern=rf"{ADDRESS}|^$", description="an https URL")


def with_tables(content: Mapping[str, Any]) -> dict[str, Any]:
    """A declaration's content in which each secret is a table: `NAME = "purpose"` is short for one."""
    secrets = content.get("secrets")
    if not isinstance(secrets, dict):
        return dict(content)
    tables = {
        name: {"purpose": secret} if isinstance(secret, str) else secret for name, secret in secrets.items()
    }
    return {**content, "secrets": tables}
