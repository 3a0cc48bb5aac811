"""What `myelin permissions` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands import permissions as module
from cli.commands.permissions import HEADING, permissions_document, permissions_lines
from cli.main import app
from cli.permissions.rehearsal import DeploymentRehearsal
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import fake_world
from tests.support.worlds.sessions import use_world

FOUND = DeploymentRehearsal(
    actions=frozenset({"ec2:CreateVpc"}),
    known=frozenset({"ec2:DescribeVpcs"}),
    unlisted=("aws:sqs/queue:Queue",),
    refused=("ec2:X of y: Z",),
)


def test_heading_and_document_say_that_it_was_only_rehearsed() -> None:
    """Whoever copies the policy has to know."""
    assert next(permissions_lines(FOUND, "dev")) == f"# dev: {HEADING}"
    assert permissions_document(FOUND, "dev")["basis"] == "rehearsed, not seen on AWS"


def test_what_is_not_known_is_said() -> None:
    """Updates that were refused, and types of which nothing is known."""
    lines = list(permissions_lines(FOUND, "dev"))
    assert "# not rehearsed: ec2:X of y: Z" in lines
    assert "# of aws:sqs/queue:Queue it is not known what AWS's provider reads" in lines


def test_the_command_prints_one_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the policies, as IAM takes them."""

    def rehearsed(*_: Any, **__: Any) -> DeploymentRehearsal:
        return FOUND

    monkeypatch.setattr(module, "rehearse", rehearsed)
    use_world(monkeypatch, lambda _: fake_world(tmp_path))
    ran = CliRunner().invoke(app, ["permissions", "dev", "--json", "--project", str(ROOT)])
    (policy,) = json.loads(ran.stdout)["policies"]
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Ec2", "Ec2Provider", "PassRoles"]
