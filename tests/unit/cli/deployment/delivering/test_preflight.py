"""What is looked at before a deployment, and what keeps it from beginning."""

from __future__ import annotations

from typing import Any

import pytest

from cli.deployment.delivering.preflight import (
    NotReadyError,
    Preflight,
    Standing,
    UnderWayError,
    require_image,
)
from cli.exit_codes import ExitCode
from cli.images.registry import RegisteredImage
from stacks.outputs import ServiceOutputs
from tests.support.worlds.fake_deployments import Described, FakeEcs, FakeWatch, described

DIGEST = "sha256:" + "1" * 64
COMPLETED = {"rolloutState": "COMPLETED", "taskDefinition": "arn:x/dev-axon:3"}
LINKED = {"advancedConfiguration": {"productionListenerRule": "rule"}}


class Balancer:
    """A rule with two target groups, of which one has healthy tasks."""

    def __init__(self, weights: tuple[int, int], healthy: int) -> None:
        self.weights, self.healthy = weights, healthy

    def describe_rules(self, **_: Any) -> Described:
        groups = [
            {"TargetGroupArn": name, "Weight": weight}
            for name, weight in zip("ab", self.weights, strict=True)
        ]
        return {"Rules": [{"Actions": [{"ForwardConfig": {"TargetGroups": groups}}]}]}

    def describe_target_health(self, **given: Any) -> Described:
        states = ["healthy"] * self.healthy + ["draining"] if given["TargetGroupArn"] == "b" else []
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}


def check(
    ecs: FakeEcs, *, alarm: str = "OK", weights: tuple[int, int] = (0, 100), healthy: int = 2
) -> Standing:
    clients = {"ecs": ecs, "cloudwatch": FakeWatch(alarm), "elbv2": Balancer(weights, healthy)}
    outputs = ServiceOutputs(
        service_name="axon",
        task_definition_arn="arn",
        log_group="/axon",
        target_group_arn=None,
        alarm="dev/axon",
    )
    return Preflight(clients.__getitem__, "dev", {"axon": outputs}).check("axon")


def service(**other: Any) -> list[Described]:
    return [{"desiredCount": 2, "deployments": [COMPLETED], "loadBalancers": [LINKED], **other}]


def test_how_it_stands_is_told() -> None:
    """With the definition that ECS could go back to, if there is one."""
    done = described("SUCCESSFUL")
    assert check(FakeEcs([done], service())) == Standing(service="axon", desired=2, predecessor="dev-axon:3")
    assert check(FakeEcs([None], service(deployments=[]))).predecessor == ""


def test_one_under_way_is_no_time_for_another() -> None:
    """As if it were locked: exit code 7, with the way to end it."""
    with pytest.raises(UnderWayError, match="`axon` is under way: IN_PROGRESS at BAKE_TIME") as raised:
        check(FakeEcs([described(stage="BAKE_TIME")], service()))
    assert raised.value.exit_code is ExitCode.LOCKED
    assert "myelin release abort" in raised.value.hint


@pytest.mark.parametrize(
    ("found", "how", "said"),
    [
        (service(), {"alarm": "ALARM"}, "the alarm dev/axon is red already"),
        (service(), {"weights": (50, 50)}, "the weights of `axon` are 50 and 50"),
        (service(), {"weights": (0, 0)}, "the weights of `axon` are 0 and 0"),
        (service(), {"healthy": 1}, "`axon` has 1 of 2 healthy targets"),
        (service(), {"weights": (100, 0)}, "`axon` has 0 of 2 healthy targets"),
        ([], {}, "`axon` is not in ECS"),
    ],
)
def test_what_ecs_would_take_as_it_is_keeps_it_from_beginning(
    found: list[Described], how: dict[str, Any], said: str
) -> None:
    """Each reason is named, and nothing was changed."""
    with pytest.raises(NotReadyError, match=said) as raised:
        check(FakeEcs([described("SUCCESSFUL")], found), **how)
    assert "nothing was changed" in raised.value.message


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "is not in the registry"),
        (RegisteredImage(service="axon", digest=DIGEST), "was never scanned"),
        (RegisteredImage(service="axon", digest=DIGEST, scan="IN_PROGRESS"), "has the scan IN_PROGRESS"),
        (
            RegisteredImage(service="axon", digest=DIGEST, scan="COMPLETE", findings={"HIGH": 2, "LOW": 9}),
            "found 2 HIGH",
        ),
    ],
)
def test_an_image_has_to_be_registered_and_scanned(image: RegisteredImage | None, said: str) -> None:
    """Grave findings keep it out, unless they are accepted. DEL-1"""
    with pytest.raises(NotReadyError, match=said):
        require_image("axon", DIGEST, image, accept=False)
    if image is not None and image.findings:
        require_image("axon", DIGEST, image, accept=True)


def test_slight_findings_are_no_reason() -> None:
    """A scan that found something low, or nothing."""
    for findings in ({}, {"LOW": 3, "MEDIUM": 1}):
        image = RegisteredImage(service="axon", digest=DIGEST, scan="COMPLETE", findings=findings)
        require_image("axon", DIGEST, image, accept=False)
