"""A project to deploy, and the fixtures of a policy table; they stand in tests/support/governance."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.project import Project, find_project
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_project

__all__ = ["_aws_settings", "dynamodb", "policy_table"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """What people wrote in this project, in a folder of its own."""
    root = tmp_path / "project"
    root.mkdir()
    copy_project(root)
    shutil.copy(ROOT / "services" / "images.toml", root / "services")
    rules = Path("policies", "calls", "rules")
    shutil.copytree(ROOT / rules, root / rules)
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    return find_project(directory=root)
