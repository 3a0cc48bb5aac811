"""A rehearsal creates, updates and deletes in a place of its own, and takes down what that needed."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.permissions import rehearsal
from cli.permissions.rehearsal import rehearse
from cli.terminal.progress import PlainScreen
from cli.worlds.world import EnforcedPermissions
from stacks.names import Layer
from tests.support.worlds.fake_world import ACTOR, fake_world

QUEUE = "aws:sqs/queue:Queue"
VPC = "aws:ec2/vpc:Vpc"


def test_everything_is_created_updated_and_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In that order; only what the deployer used counts, and unknown types and refused updates are said."""
    world = fake_world(tmp_path, types={Layer.FOUNDATION: frozenset({VPC, QUEUE})}, refused=("no",))
    used = {ACTOR: ("ec2:CreateVpc administrator[0]", "ec2:DeleteVpc administrator[0]"), "other": ("s3:X y",)}
    permissions = EnforcedPermissions(allowed=2, denied=0, denials=(), used=used)
    world.state = replace(world.state, permissions=permissions)

    def deployed(_project: Any, into: Any, **_: Any) -> None:
        into.events.append("deploy")

    monkeypatch.setattr(rehearsal, "deploy", deployed)
    found = rehearse(world, screen=PlainScreen(quiet=True), cancelled=threading.Event())
    assert world.events == [
        "begin to rehearse",
        "deploy",
        *(f"update {layer}" for layer in Layer),
        "remove dev",
        "end",
    ]
    assert found.actions == {"ec2:CreateVpc", "ec2:DeleteVpc"}
    assert "ec2:DescribeVpcs" in found.known
    assert (found.unlisted, found.refused) == ((QUEUE,), ("no",) * len(Layer))
