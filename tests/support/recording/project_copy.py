"""Copies of the project's data, to change declarations and settings in."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.project import Project, find_project
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


def copy_sources(target: Path) -> Path:
    """What people write for services: stack files, policies, and the services with their code."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "Pulumi.yaml", target)
    for folder in ("stacks/config", "policies/calls/rules", "services"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def project_to_deploy(root: Path) -> Project:
    """What `up` reads of this project, in a new folder; the services' code stays where it is installed."""
    root.mkdir(parents=True)
    copy_project(root)
    shutil.copy(ROOT / "services" / "images.toml", root / "services")
    rules = Path("policies", "calls", "rules")
    shutil.copytree(ROOT / rules, root / rules)
    return find_project(directory=root)
