"""A project to deploy, and the fixtures of a policy table; they stand in tests/support/governance."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.project import Project
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.recording.project_copy import project_to_deploy

__all__ = ["_aws_settings", "dynamodb", "policy_table"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """What people wrote in this project, in a folder of its own."""
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    return project_to_deploy(tmp_path / "project")
