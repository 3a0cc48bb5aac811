"""Faults in the words of the command."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.worlds.faults import find_target, read_faults, trouble
from cli.worlds.world import RunningFault
from stacks.names import Layer, StackName
from stacks.outputs import PlatformOutputs, RecordedOutputs, WorkloadOutputs
from tests.support.worlds.fake_world import OUTPUTS

PLATFORM = PlatformOutputs.read(
    RecordedOutputs(
        StackName(environment="dev", layer=Layer.PLATFORM),
        {"cluster_name": "dev", "governance_function_name": "dev-governance"},
    )
)
WORKLOADS = WorkloadOutputs.read(
    RecordedOutputs(StackName(environment="dev", layer=Layer.WORKLOADS), OUTPUTS[Layer.WORKLOADS])
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("axon", "service:dev/axon"),
        ("governance", "function:dev-governance"),
        ("dynamodb", "dynamodb"),
        ("secrets", "secretsmanager"),
    ],
)
def test_targets_are_those_of_the_environment(name: str, found: str) -> None:
    """A service is one of its cluster, governance its function; the rest is common to all."""
    assert find_target(name, PLATFORM, WORKLOADS) == found


def test_what_can_not_fail_is_named_with_what_can() -> None:
    """The hint lists the targets."""
    with pytest.raises(UsageError) as caught:
        find_target("orbit", PLATFORM, WORKLOADS)
    assert caught.value.hint == "choose one of axon, governance, dynamodb, secrets"


def test_faults_of_other_environments_are_left_out() -> None:
    """What strikes this one is there in the words of the command."""
    faults = [
        {"target": "service:dev/axon", "seconds": 9, "down": True, "seconds_left": 4.5, "met": 3},
        {"target": "service:sandbox/axon", "seconds": 9, "down": True, "seconds_left": 4.5, "met": 3},
    ]
    assert read_faults(faults, PLATFORM, WORKLOADS) == (
        RunningFault(target="axon", trouble="down", seconds_left=4.5, met=3),
    )


def test_trouble_in_words() -> None:
    """All that is wrong at once."""
    assert (
        trouble({"latency": 0.5, "errors": 0.3, "throttle": 0.1}) == "0.5 s slower, 30% fail, 10% throttled"
    )
