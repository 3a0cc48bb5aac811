"""How often one `up` cuts the policy folder into a version."""

from __future__ import annotations

import threading

import pytest

from cli.deployment.pipeline import deploy
from cli.terminal.progress import PlainScreen
from cli.worlds.world import LocalChoices
from policies.calls.versions.slices import cut
from tests.support.calls import counted_calls
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

NOTHING = '@id("nothing") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };\n'


def test_a_deployment_cuts_the_policies_once(running: ProjectCopy) -> None:
    """Running the cases, comparing with what is in force, publishing: all look at the same version. GOV-2"""
    policy = running.path("policies/calls/rules/nothing.cedar")
    policy.write_text(NOTHING, encoding="utf-8")
    with counted_calls(cut) as cuts:
        deployed = deploy(
            running.project,
            running.world,
            screen=PlainScreen(quiet=True),
            choices=LocalChoices(),
            confirm=lambda _: None,
            cancelled=threading.Event(),
        )
    policy.unlink()
    running.up()
    assert deployed.policies_changed
    assert cuts.count == 1
