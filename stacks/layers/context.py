"""The values that every layer is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from components.declarations import Services
from components.functions.definition import FunctionCode
from components.functions.runtime import FunctionTarget
from components.scope import Scope
from stacks.names import StackName


class ArchiveBuilder(Protocol):
    """Builds the code archive of a function."""

    def __call__(self, project_root: Path, code: FunctionCode, target: FunctionTarget) -> Path:
        """Path of the archive, which runs on `target`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContext:
    """The stack, the project's root, the declared services, and the account and names to deploy under."""

    stack: StackName
    root: Path
    services: Services
    scope: Scope
    build_archive: ArchiveBuilder
