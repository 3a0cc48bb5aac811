from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.engine.provider import ProviderError, State
from sandbox.provider.provider import AwsProvider
from sandbox.provider.resource_step import PollingPace
from sandbox.provider.session import ApiClients

TOKEN = "aws:ecs/service:Service"


def _definition(world: Any) -> str:
    containers = [
        {"name": "axon", "image": "axon:1", "memory": 128, "portMappings": [{"containerPort": 8081}]}
    ]
    state = world.make(
        "aws:ecs/taskDefinition:TaskDefinition",
        family=world.unique("family"),
        containerDefinitions=json.dumps(containers),
    )
    return str(state.outputs["arn"])


def _inputs(world: Any, **more: Any) -> dict[str, Any]:
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


def _look(world: Any, state: Any) -> Any:
    found = world.aws("ecs").describe_services(
        cluster=world.cluster().id, services=[state.id], include=["TAGS"]
    )["services"][0]
    return (
        found["desiredCount"],
        found["taskDefinition"] == state.outputs["taskDefinition"],
        {tag["key"]: tag["value"] for tag in found["tags"]},
    )


def test_service_lives_and_dies(walk: Any) -> None:
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


class Scripted(ApiClients):
    """Clients that answer service calls from a script, and remember what was asked."""

    def __init__(self, endpoint: str, states: list[dict[str, Any]]) -> None:
        super().__init__(endpoint=endpoint, region="us-east-1")
        self.states = states
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.calls.append((operation, parameters))
        if operation == "describe_services":
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return {"services": [state] if state else []}
        return {
            "service": {"serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/c/s", "status": "INACTIVE"}
        }


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def play(endpoint: str, world: Any) -> Callable[..., tuple[Any, list[tuple[str, dict[str, Any]]], float]]:
    def played(
        states: list[dict[str, Any]], **inputs: Any
    ) -> tuple[Any, list[tuple[str, dict[str, Any]]], float]:
        clients, time = Scripted(endpoint, states), Time()
        provider = AwsProvider(
            clients, pace=PollingPace(clock=time.clock, sleep=time.sleep, every=0.5, at_most=5)
        )
        wanted = {
            "name": "s",
            "cluster": "c",
            "taskDefinition": "family:2",
            "waitForSteadyState": True,
            **inputs,
        }
        return provider.create(world.operation(), TOKEN, "s", wanted), clients.calls, time.now

    return played


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


def test_waits_until_the_new_deployment_is_done_and_all_run(play: Any) -> None:
    """A service is steady when its own deployment is COMPLETED and every task wanted is running."""
    states = [
        _state("family:1", 2, "COMPLETED"),  # not seen by the scheduler yet
        _state("family:2", 1, "IN_PROGRESS"),
        _state("family:2", 1, "COMPLETED"),
        _state("family:2", 2, "COMPLETED"),
    ]
    _, calls, waited = play(states)
    assert [operation for operation, _ in calls] == ["create_service", *["describe_services"] * 4]
    assert waited == 1.5


def test_steady_at_once_costs_one_look_and_no_time(play: Any) -> None:
    """There is no pause before the first look."""
    _, calls, waited = play([_state("family:2", 2, "COMPLETED")])
    assert len(calls) == 2
    assert waited == 0


def test_does_not_look_unless_asked(play: Any) -> None:
    """Without waitForSteadyState nothing is polled."""
    _, calls, _ = play([{}], waitForSteadyState=False)
    assert [operation for operation, _ in calls] == ["create_service"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([_state("family:2", 0, "FAILED")], "the deployment of `s` failed: tasks exit"),
        (
            [_state("family:1", 2, "COMPLETED", service="family:1")],
            "was rolled back: tasks exit",
        ),
        ([{}], "service `s` is gone"),
        ([_state("family:2", 1, "IN_PROGRESS")], "service `s` is not steady after 5 seconds"),
    ],
)
def test_a_deployment_that_fails_is_an_error(play: Any, states: list[dict[str, Any]], words: str) -> None:
    """A deployment that failed, was rolled back, vanished or took too long is an error that says which."""
    with pytest.raises(ProviderError, match=words) as caught:
        play(states)
    assert caught.value.call == "ecs:DescribeServices"


def test_a_service_that_never_became_steady_exists(play: Any) -> None:
    """The error carries the service as it stands, so that it is recorded and not made twice."""
    with pytest.raises(ProviderError) as caught:
        play([_state("family:2", 0, "FAILED")])
    partial = caught.value.partial
    assert partial is not None
    assert partial.id.endswith("service/c/s")
    assert partial.outputs["taskDefinition"] == "family:2"
    assert not caught.value.uncertain


def test_a_creation_that_broke_off_is_finished(endpoint: str, world: Any) -> None:
    """An update that has nothing to change does what the creation did not get to: it waits."""
    clients = Scripted(endpoint, [_state("family:2", 2, "COMPLETED")])
    inputs = {"name": "s", "cluster": "c", "taskDefinition": "family:2", "waitForSteadyState": True}
    state = State(id="arn:aws:ecs:us-east-1:123456789012:service/c/s", outputs=inputs)
    AwsProvider(clients).update(world.operation(), TOKEN, state.id, inputs, state, inputs)
    assert {operation for operation, _ in clients.calls} == {"describe_services"}


def test_a_deployment_that_failed_is_begun_anew(endpoint: str, world: Any) -> None:
    """An update that has nothing to change opens a new deployment where the last one failed."""
    clients = Scripted(endpoint, [_state("family:2", 0, "FAILED"), _state("family:2", 2, "COMPLETED")])
    inputs = {"name": "s", "cluster": "c", "taskDefinition": "family:2", "waitForSteadyState": True}
    state = State(id="arn:aws:ecs:us-east-1:123456789012:service/c/s", outputs=inputs)
    AwsProvider(clients).update(world.operation(), TOKEN, state.id, inputs, state, inputs)
    assert ("update_service", True) in [
        (operation, given.get("forceNewDeployment")) for operation, given in clients.calls
    ]


def test_create_arguments_have_the_apis_structure(play: Any) -> None:
    """What Pulumi spreads over several arguments reaches ECS in ECS's own structures (MSH-1)."""
    _, calls, _ = play(
        [_state("family:2", 2, "COMPLETED")],
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
    sent = calls[0][1]
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


def test_update_sends_only_what_changed(endpoint: str, world: Any) -> None:
    """A count that autoscaling owns is not set back by a change of something else."""
    clients = Scripted(endpoint, [_state("family:3", 4, "COMPLETED", service="family:3", desiredCount=4)])
    provider = AwsProvider(clients)
    old = {
        "name": "s",
        "cluster": "c",
        "taskDefinition": "family:2",
        "desiredCount": 2,
        "waitForSteadyState": True,
    }
    state = provider.create(world.operation(), TOKEN, "s", {**old, "waitForSteadyState": False})
    clients.calls.clear()
    provider.update(world.operation(), TOKEN, state.id, {**old, "taskDefinition": "family:3"}, state, old)
    assert clients.calls[0] == (
        "update_service",
        {"cluster": "c", "service": state.id, "taskDefinition": "family:3"},
    )
    assert clients.calls[1][0] == "describe_services"


def test_delete_scales_to_nothing_first(endpoint: str, world: Any) -> None:
    """A service is brought to no tasks, then removed by force, and waited for while it drains."""
    clients = Scripted(endpoint, [{}])
    AwsProvider(clients).delete(world.operation(), TOKEN, "arn", {"cluster": "c"}, {})
    assert clients.calls == [
        ("update_service", {"cluster": "c", "service": "arn", "desiredCount": 0}),
        ("delete_service", {"cluster": "c", "service": "arn", "force": True}),
    ]
