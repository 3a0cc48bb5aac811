"""The values that distinguish one Lambda function from the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.account import Place
from components.identity.statement import IamStatement

Statements = Callable[[Place, Mapping[str, str]], tuple[IamStatement, ...]]
"""Statements of a function's role, given the ARNs of its keys by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCode:
    """What goes into a function's code archive."""

    sources: tuple[str, ...]
    """Files, folders or patterns (`policies/calls/**/*.py`) below the project's root, where they stay."""
    lock: Path
    """Requirements file with hashes, below the project's root."""
    aws_services: tuple[str, ...]
    """Services whose botocore models are packed: all of them would be 18 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDefinition:
    """One row of the catalogue: the properties that a function has in every environment."""

    name: str
    """Logical name, and the subject of its boundary; `components.naming` makes the physical one of it."""
    component: str
    """Last part of the component's type, which is in the URNs of all its resources."""
    handler: str
    code: FunctionCode
    description: str
    role_description: str
    failure: str
    """For the alarm on errors; completes "failed to"."""
    memory: int
    """MiB; it buys CPU in proportion."""
    timeout: int
    """Seconds."""
    concurrency: int | None = None
    """How many calls at once are let through, unless the settings say it; None reserves nothing."""
    live_alias: bool = False
    """Each change is a new version, and callers invoke the alias `live`: a version can be taken back."""
    url: bool = False
    """Callers may speak HTTP, signed with SigV4 (AWS_IAM)."""
    keys: tuple[str, ...]
    """Names of the keys whose ARNs `statements` takes; the platform's key is one of them."""
    statements: Statements
    """The policy of the role; its permission boundary is the same."""
