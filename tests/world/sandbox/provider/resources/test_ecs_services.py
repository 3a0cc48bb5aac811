"""ECS services, and waiting for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.engine.provider import ProviderError, State
from sandbox.provider.resources import ecs_services
from tests.support.provider.scripted import OPERATION, ScriptedProvider
from tests.support.provider.world import Walk, World, tags_of

TOKEN = ecs_services.SERVICE.token


def _definition(world: World) -> str:
    containers = [
        {"name": "axon", "image": "axon:1", "memory": 128, "portMappings": [{"containerPort": 8081}]}
    ]
    state = world.make(
        "aws:ecs/taskDefinition:TaskDefinition",
        family=world.unique("family"),
        containerDefinitions=json.dumps(containers),
    )
    return str(state.outputs["arn"])


def _inputs(world: World, **more: Any) -> dict[str, Any]:
    return {
        "name": world.unique("axon"),
        "cluster": world.cluster().outputs["arn"],
        "taskDefinition": _definition(world),
        "desiredCount": 2,
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "networkConfiguration": {
            "subnets": [world.subnet(1)],
            "securityGroups": [world.group(1)],
            "assignPublicIp": False,
        },
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "deploymentMinimumHealthyPercent": 100,
        "deploymentMaximumPercent": 200,
        "deploymentConfiguration": {"strategy": "ROLLING", "bakeTimeInMinutes": "1"},
        "enableEcsManagedTags": True,
        "propagateTags": "SERVICE",
        "waitForSteadyState": False,
        "tags": {"a": "1"},
        **more,
    }


def _look(world: World, state: Any) -> Any:
    found = world.aws("ecs").describe_services(
        cluster=world.cluster().id, services=[state.id], include=["TAGS"]
    )["services"][0]
    return (
        found["desiredCount"],
        found["taskDefinition"] == state.outputs["taskDefinition"],
        tags_of(found["tags"]),
    )


ANSWER = {"service": {"serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/c/s", "status": "INACTIVE"}}
WANTED = {"name": "s", "cluster": "c", "taskDefinition": "family:2", "waitForSteadyState": True}


def scripted(*states: dict[str, Any]) -> ScriptedProvider:
    """A provider for an ECS that describes the service as these states, one after the other."""
    return ScriptedProvider(
        every=0.5,
        describe_services=[{"services": [state] if state else []} for state in states],
        create_service=[ANSWER],
        update_service=[ANSWER],
        delete_service=[ANSWER],
    )


def create(*states: dict[str, Any], **inputs: Any) -> ScriptedProvider:
    """Create a service, and return the provider that did."""
    provider = scripted(*states)
    provider.create(TOKEN, **{**WANTED, **inputs})
    return provider


def _state(
    definition: str, running: int, rollout: str, *, service: str = "family:2", **more: Any
) -> dict[str, Any]:
    root = "arn:aws:ecs:us-east-1:123456789012:task-definition/"
    return {
        "status": "ACTIVE",
        "taskDefinition": root + service,
        "desiredCount": 2,
        "runningCount": running,
        "deployments": [
            {
                "status": "PRIMARY",
                "taskDefinition": root + definition,
                "rolloutState": rollout,
                "rolloutStateReason": "tasks exit",
            }
        ],
        **more,
    }


def test_service_lives_and_dies(walk: Walk) -> None:
    """A service is made, seen, moved to another definition in place, and removed twice (ECS-4)."""
    walk(
        {
            "token": TOKEN,
            "inputs": _inputs,
            "look": _look,
            "created": (2, True, {"a": "1"}),
            "outputs": "arn",
            "change": lambda w: {"taskDefinition": _definition(w), "desiredCount": 3, "tags": {"b": "2"}},
            "updated": (3, True, {"b": "2"}),
        }
    )


def test_waits_until_the_new_deployment_is_done_and_all_run() -> None:
    """A service is steady when its own deployment is COMPLETED and every task wanted is running."""
    states = [
        _state("family:1", 2, "COMPLETED"),  # not seen by the scheduler yet
        _state("family:2", 1, "IN_PROGRESS"),
        _state("family:2", 1, "COMPLETED"),
        _state("family:2", 2, "COMPLETED"),
    ]
    provider = create(*states)
    assert provider.clients.asked == ["create_service", *["describe_services"] * 4]
    assert provider.waited == 1.5


def test_steady_at_once_costs_one_look_and_no_time() -> None:
    """There is no pause before the first look."""
    provider = create(_state("family:2", 2, "COMPLETED"))
    assert len(provider.clients.calls) == 2
    assert provider.waited == 0


def test_does_not_look_unless_asked() -> None:
    """Without waitForSteadyState nothing is polled."""
    assert create({}, waitForSteadyState=False).clients.asked == ["create_service"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([_state("family:2", 0, "FAILED")], "the deployment of `s` failed: tasks exit"),
        (
            [_state("family:1", 2, "COMPLETED", service="family:1")],
            "was rolled back to family:1: tasks exit",
        ),
        ([{}], "service `s` is gone"),
        ([_state("family:2", 1, "IN_PROGRESS")], "service `s` is not steady after 5 seconds"),
    ],
)
def test_a_deployment_that_fails_is_an_error(states: list[dict[str, Any]], words: str) -> None:
    """A deployment that failed, was rolled back, vanished or took too long is an error that says which."""
    with pytest.raises(ProviderError, match=words) as caught:
        create(*states)
    assert caught.value.call == "ecs:DescribeServices"


def test_a_service_that_never_became_steady_exists() -> None:
    """The error carries the service as it stands, so that it is recorded and not made twice."""
    with pytest.raises(ProviderError) as caught:
        create(_state("family:2", 0, "FAILED"))
    partial = caught.value.partial
    assert partial is not None
    assert partial.id.endswith("service/c/s")
    assert partial.outputs["taskDefinition"] == "family:2"
    assert not caught.value.uncertain


def test_a_creation_that_broke_off_is_finished() -> None:
    """An update that has nothing to change does what the creation did not get to: it waits."""
    provider, state = scripted(_state("family:2", 2, "COMPLETED")), State(id="arn:s", outputs=WANTED)
    provider.provider.update(OPERATION, TOKEN, state.id, WANTED, state, WANTED)
    assert set(provider.clients.asked) == {"describe_services"}


def test_a_deployment_that_failed_is_begun_anew() -> None:
    """An update that has nothing to change opens a new deployment where the last one failed."""
    provider = scripted(_state("family:2", 0, "FAILED"), _state("family:2", 2, "COMPLETED"))
    state = State(id="arn:s", outputs=WANTED)
    provider.provider.update(OPERATION, TOKEN, state.id, WANTED, state, WANTED)
    assert ("update_service", True) in [
        (operation, given.get("forceNewDeployment")) for operation, given in provider.clients.calls
    ]


def test_create_arguments_have_the_apis_structure() -> None:
    """What Pulumi spreads over several arguments reaches ECS in ECS's own structures (MSH-1)."""
    provider = create(
        _state("family:2", 2, "COMPLETED"),
        networkConfiguration={"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": True},
        deploymentConfiguration={
            "strategy": "CANARY",
            "bakeTimeInMinutes": "15",
            "canaryConfiguration": {"canaryPercent": 10},
        },
        deploymentCircuitBreaker={"enable": True, "rollback": True},
        deploymentMaximumPercent=200,
        alarms={"enable": True, "rollback": True, "alarmNames": ["a"]},
        capacityProviderStrategies=[{"capacityProvider": "FARGATE", "weight": 1}],
        loadBalancers=[{"targetGroupArn": "arn:tg", "containerName": "c", "containerPort": 80}],
        serviceConnectConfiguration={
            "enabled": True,
            "namespace": "ns",
            "services": [
                {"portName": "http", "discoveryName": "s", "clientAlias": [{"dnsName": "s", "port": 80}]}
            ],
        },
    )
    sent = provider.clients.calls[0][1]
    assert sent["networkConfiguration"] == {
        "awsvpcConfiguration": {
            "subnets": ["subnet-1"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "ENABLED",
        }
    }
    assert sent["deploymentConfiguration"] == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 15,
        "canaryConfiguration": {"canaryPercent": 10.0},
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "alarms": {"enable": True, "rollback": True, "alarmNames": ["a"]},
    }
    assert sent["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert sent["loadBalancers"] == [{"targetGroupArn": "arn:tg", "containerName": "c", "containerPort": 80}]
    assert sent["serviceConnectConfiguration"]["services"] == [
        {"portName": "http", "discoveryName": "s", "clientAliases": [{"dnsName": "s", "port": 80}]}
    ]


def test_update_sends_only_what_changed() -> None:
    """A count that autoscaling owns is not set back by a change of something else."""
    provider = scripted(_state("family:3", 4, "COMPLETED", service="family:3", desiredCount=4))
    old, state = {**WANTED, "desiredCount": 2}, State(id="arn:s", outputs=WANTED)
    provider.provider.update(OPERATION, TOKEN, state.id, {**old, "taskDefinition": "family:3"}, state, old)
    assert provider.clients.calls[0] == (
        "update_service",
        {"cluster": "c", "service": "arn:s", "taskDefinition": "family:3"},
    )
    assert provider.clients.asked[1] == "describe_services"


def test_delete_scales_to_nothing_first() -> None:
    """A service is brought to no tasks, then removed by force, and waited for while it drains."""
    provider = scripted({})
    provider.provider.delete(OPERATION, TOKEN, "arn", {"cluster": "c"}, {})
    assert provider.clients.calls == [
        ("update_service", {"cluster": "c", "service": "arn", "desiredCount": 0}),
        ("delete_service", {"cluster": "c", "service": "arn", "force": True}),
    ]
