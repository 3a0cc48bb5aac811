"""A service that declares a canary, deployed by `myelin up` while clients dispatch through it."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.support.end_to_end.project import ProjectCopy, had_no_time, until

pytestmark = pytest.mark.sandbox

ORBIT, AXON = "services/orbit/service.toml", "services/axon/service.toml"
CANARY = """[deployment]
strategy = "canary"
percent = 20
step_minutes = 5
bake_minutes = %d

[environment]"""


class Load:
    """Four clients that dispatch until the block ends, and what they were answered."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/dispatch"
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(4)]
        self.answers: Counter[str] = Counter()

    def __enter__(self) -> Load:
        """Begin to dispatch."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Dispatch no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not self._stop.wait(0.1):
                answer = client.post(self._url, json={"intent": "reason", "tenant": uuid.uuid4().hex})
                busy = had_no_time(answer)
                self.answers["busy" if busy else str(answer.status_code)] += 1


def weights(project: ProjectCopy) -> list[list[int]]:
    """The weights of Orbit's two target groups, in its rules for production and for test traffic."""
    elbv2, ecs = project.client("elbv2"), project.client("ecs")
    service = ecs.describe_services(cluster="sandbox", services=["orbit"])["services"][0]
    (link,) = service["loadBalancers"]
    advanced = link["advancedConfiguration"]
    found = []
    for rule in (advanced["productionListenerRule"], advanced["testListenerRule"]):
        (described,) = elbv2.describe_rules(RuleArns=[rule])["Rules"]
        groups = described["Actions"][0]["ForwardConfig"]["TargetGroups"]
        by_arn = {group["TargetGroupArn"]: int(group["Weight"]) for group in groups}
        found.append([by_arn[arn] for arn in (link["targetGroupArn"], advanced["alternateTargetGroupArn"])])
    return found


def newest(project: ProjectCopy) -> dict[str, Any]:
    """The newest service deployment of Orbit."""
    ecs = project.client("ecs")
    listed = ecs.list_service_deployments(cluster="sandbox", service="orbit")["serviceDeployments"]
    arns = [listed[0]["serviceDeploymentArn"]]
    described: dict[str, Any] = ecs.describe_service_deployments(serviceDeploymentArns=arns)
    found: dict[str, Any] = described["serviceDeployments"][0]
    return found


def test_a_declared_canary_is_deployed_left_alone_and_stopped(project: ProjectCopy) -> None:
    """DEL-4: no dispatch fails while it shifts; an unrelated change leaves the weights; one that is stopped
    while it bakes is rolled back, and `up` exits 6.
    """
    # on a busy machine answers are slow, and the alarm on that would end the shift
    project.edit(ORBIT, "latency_p99_ms = 500", "latency_p99_ms = 60000")
    project.edit(ORBIT, "[environment]", CANARY % 5)
    project.up("--time-scale", "600")
    assert weights(project) == [[100, 0], [100, 0]]

    with Load(project.address) as load:
        project.edit(ORBIT, 'LOG_LEVEL = "INFO"', 'LOG_LEVEL = "WARNING"')
        project.up()
    assert newest(project)["status"] == "SUCCESSFUL"
    assert weights(project) == [[0, 100], [0, 100]]
    assert set(load.answers) <= {"200", "busy"}
    assert load.answers["200"] > 0

    project.edit(AXON, 'LOG_LEVEL = "INFO"', 'LOG_LEVEL = "WARNING"')
    project.up()
    assert weights(project) == [[0, 100], [0, 100]]

    project.edit(ORBIT, "bake_minutes = 5", "bake_minutes = 1440")
    project.edit(ORBIT, 'LOG_LEVEL = "WARNING"', 'LOG_LEVEL = "ERROR"')
    with Load(project.address) as load:
        deploying = project.start("up", "--yes", "--json")
        until(lambda: newest(project).get("lifecycleStage") == "BAKE_TIME", "it bakes", seconds=90)
        arn = newest(project)["serviceDeploymentArn"]
        project.client("ecs").stop_service_deployment(serviceDeploymentArn=arn)
        _, stderr = deploying.communicate(90)
        until(lambda: newest(project)["status"] == "ROLLBACK_SUCCESSFUL", "it is rolled back", seconds=60)
    assert deploying.returncode == 6, stderr
    assert "StopServiceDeployment" in stderr
    assert weights(project) == [[0, 100], [0, 100]]
    assert set(load.answers) <= {"200", "busy"}
