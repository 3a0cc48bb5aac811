"""What the functions of the platform are given. DEL-4."""

from __future__ import annotations

import pytest

from stacks.layer_outputs import read_foundation
from stacks.layer_settings import PlatformSettings
from stacks.layers.functions import make_rollout
from stacks.names import Layer
from tests.support.recording.environments import layer_context, recorded, recorded_outputs
from tests.support.recording.recorder import record

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

FUNCTION = "aws:lambda/function:Function"


def test_the_function_that_tests_releases_stands_in_the_vpc() -> None:
    """In the private subnets, in the group that load balancer and services let in."""
    context, settings = layer_context(Layer.PLATFORM), PlatformSettings(allow_http=True)

    def program() -> None:
        make_rollout(context, settings, read_foundation(context.stack), security_group_id="sg-rollout")

    graph = record(program, stack="dev-platform", config={}, stacks=recorded_outputs("dev"))
    assert graph.one(FUNCTION, "rollout").inputs["vpcConfig"] == {
        "subnetIds": recorded("dev")[Layer.FOUNDATION].outputs["private_subnet_ids"],
        "securityGroupIds": ["sg-rollout"],
    }


def test_the_others_stand_outside_of_it() -> None:
    """They reach what their roles name, all through IAM."""
    functions = recorded("dev")[Layer.PLATFORM].of(FUNCTION)
    assert [one.name for one in functions if "vpcConfig" in one.inputs] == ["rollout"]
