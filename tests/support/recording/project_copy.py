"""Copies of the project's data, to change declarations and settings in."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.paths import ROOT


def copy_project(target: Path) -> Path:
    """Pulumi.yaml, the stack files and the declarations; the code stays where it is installed."""
    shutil.copy(ROOT / "Pulumi.yaml", target)
    shutil.copytree(ROOT / "stacks" / "config", target / "stacks" / "config")
    for declaration in (ROOT / "services").glob("*/service.toml"):
        folder = target / "services" / declaration.parent.name
        folder.mkdir(parents=True)
        shutil.copy(declaration, folder)
    return target
