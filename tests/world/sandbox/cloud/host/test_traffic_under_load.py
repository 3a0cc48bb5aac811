"""Deployments that shift traffic, in a whole sandbox, while clients ask: balancer, router, hooks, alarms."""

from __future__ import annotations

import io
import json
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.cloud import host as hosts
from sandbox.cloud.host.composition import EmulatedCloud
from sandbox.cloud.host.options import HostOptions
from tests.support.access.keys import operator_key
from tests.support.emulated_aws import EmulatedAws
from tests.support.tasks.balanced import BalancedService
from tests.support.tasks.fixtures import SERVER
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("traffic-under-load"),
    pytest.mark.costly("starts a sandbox, and six deployments in it"),
]

HOOK = """
import json

def handler(event, context):
    print("HOOK " + json.dumps(event))
    return {"hookStatus": "FAILED" if (event.get("hookDetails") or {}).get("fail") else "SUCCEEDED"}
"""
CLIENTS = 8


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedCloud]:
    """A minute of AWS lasts 0.1 s. What other tests of this process have left in moto is gone."""
    moto_api_backend.reset()
    directory = tmp_path_factory.mktemp("sandbox")
    images = directory / "images.toml"
    images.write_text(f'[[image]]\nrepository = "axon"\ncommand = {json.dumps(SERVER)}\n')
    options = HostOptions(images=images, project_root=directory, time_scale=600)
    made = EmulatedCloud(directory, options, "incarnation", lambda: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def aws(cloud: EmulatedCloud) -> EmulatedAws:
    key = operator_key(cloud.host.directory)
    made = EmulatedAws(cloud.host.endpoint, (key.id, key.secret))
    made("ecs").create_cluster(clusterName="test")
    return made


@pytest.fixture(scope="module")
def hook(aws: EmulatedAws) -> str:
    role = aws("iam").create_role(RoleName="hook", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("app.py", HOOK)
    aws("logs").create_log_group(logGroupName="/aws/lambda/hook")
    made = aws("lambda").create_function(
        FunctionName="hook",
        Runtime=f"python3.{min(sys.version_info.minor, 13)}",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def service(aws: EmulatedAws) -> BalancedService:
    return BalancedService(aws)


class Load:
    """Clients that ask the production listener one request after the other, and count who answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        self._lock = threading.Lock()
        self._round = 0
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []

    def __enter__(self) -> Load:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            asked_in = self._round
            try:
                tag = ask(self._url)
            except (OSError, ValueError) as error:
                with self._lock:
                    self.failed.append(repr(error))
            else:
                with self._lock:
                    self.answered[tag] += asked_in == self._round

    def counted(self, requests: int) -> Counter[str]:
        """Who answered the next requests; those that are under way do not count."""
        with self._lock:
            self._round += 1
            self.answered = Counter()
        wait_until(lambda: self.answered.total() >= requests, what="requests are answered")
        with self._lock:
            return +self.answered


def ask(url: str) -> str:
    """The tag of the image of the task that answers."""
    with urllib.request.urlopen(f"{url}/x", timeout=30) as answer:
        return str(json.load(answer)["environment"]["TAG"])


def urls(cloud: EmulatedCloud) -> dict[int, str]:
    """The addresses of the listeners, by port."""

    def look() -> dict[int, str] | None:
        found = {
            listener["port"]: listener["url"].rstrip("/")
            for balancer in hosts.status(cloud.host)["load_balancers"]
            for listener in balancer["listeners"]
        }
        return found if len(found) == 2 else None

    read: dict[int, str] = wait_until(look, what="listeners are open")
    return read


def reach(service: BalancedService, **wanted: str) -> dict[str, Any]:
    """Wait until the newest deployment has these values."""

    def look() -> dict[str, Any] | None:
        newest = service.deployments()[0]
        return newest if wanted.items() <= newest.items() else None

    found: dict[str, Any] = wait_until(look, what=f"{wanted}; {service.deployments()[0]}")
    return found


def canary(hook_arn: str, *, fail: bool = False) -> dict[str, Any]:
    return {
        "strategy": "CANARY",
        "canaryConfiguration": {"canaryPercent": 25, "canaryBakeTimeInMinutes": 1},
        "lifecycleHooks": [
            {
                "hookTargetArn": hook_arn,
                "roleArn": "arn:aws:iam::123456789012:role/hook",
                "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"],
                "hookDetails": {"fail": fail},
            },
            {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]},
        ],
    }


def go_on(aws: EmulatedAws, service: BalancedService) -> None:
    """Continue at the pause that the newest deployment is at."""

    def paused() -> tuple[str, str] | None:
        newest = service.deployments()[0]
        return next(
            (
                (newest["serviceDeploymentArn"], each["hookId"])
                for each in newest.get("lifecycleHookDetails") or ()
                if each["status"] == "AWAITING_ACTION"
            ),
            None,
        )

    arn, hook_id = wait_until(paused, what=f"paused; {service.deployments()[0]}")
    aws("ecs").continue_service_deployment(serviceDeploymentArn=arn, hookId=hook_id)


def test_a_canary_takes_its_share_under_load_and_then_all(
    cloud: EmulatedCloud, aws: EmulatedAws, service: BalancedService, hook: str
) -> None:
    """DEL-4: 25 percent, counted and not timed; no request fails from the first to the last."""
    service.create(aws.define("axon"), canary(hook), desired=2)
    go_on(aws, service)
    reach(service, status="SUCCESSFUL")
    production, test = (urls(cloud)[port] for port in (80, 8080))
    with Load(production) as load:
        assert load.counted(50).keys() == {"v1"}
        service.update(aws.define("axon", tag="v2"))
        reach(service, lifecycleStage="PRODUCTION_TRAFFIC_SHIFT")
        assert ask(test) == "v2"
        assert load.counted(50).keys() == {"v1"}
        go_on(aws, service)
        wait_until(lambda: service.weights()[0] == [75, 25], what="weights are written")
        wait_until(lambda: load.answered["v2"] > 0, what="the canary is asked")
        counted = load.counted(400)
        assert 0.1 < counted["v2"] / counted.total() < 0.45
        go_on(aws, service)
        reach(service, status="SUCCESSFUL")
        assert load.counted(50).keys() == {"v2"}
    assert load.failed == []

    def events() -> list[dict[str, Any]]:
        lines = aws("logs").filter_log_events(logGroupName="/aws/lambda/hook")["events"]
        told = [line["message"] for line in lines if line["message"].startswith("HOOK ")]
        return [json.loads(line.removeprefix("HOOK ")) for line in told]

    wait_until(lambda: len(events()) >= 5, what="hooks have written")
    target = service.deployments()[0]["targetServiceRevision"]["arn"]
    weights = [
        each["executionDetails"]["productionTrafficWeights"].get(target)
        for each in events()
        if each["executionDetails"]["targetServiceRevisionArn"] == target
    ]
    assert sorted(weight for weight in weights if weight is not None) == [25, 100]


def test_a_smoke_test_that_fails_costs_no_request(
    cloud: EmulatedCloud, aws: EmulatedAws, service: BalancedService, hook: str
) -> None:
    """DEL-4: it is rolled back before production has any of it, with the reason."""
    with Load(urls(cloud)[80]) as load:
        service.update(aws.define("axon", tag="v3"), deploymentConfiguration=canary(hook, fail=True))
        back = reach(service, status="ROLLBACK_SUCCESSFUL")
        assert load.counted(50).keys() == {"v2"}
    assert load.failed == []
    assert back["statusReason"] == "at POST_TEST_TRAFFIC_SHIFT, the hook hook: it answered FAILED"
    assert service.weights() == ([0, 100], [0, 100])


def test_a_stop_while_it_bakes_brings_the_old_revision_back(
    cloud: EmulatedCloud, aws: EmulatedAws, service: BalancedService
) -> None:
    """DEL-4: the fast path; the old tasks still run, so no request fails."""
    baking = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1440}
    with Load(urls(cloud)[80]) as load:
        service.update(aws.define("axon", tag="v4"), deploymentConfiguration=baking)
        under_way = reach(service, lifecycleStage="BAKE_TIME")
        assert load.counted(50).keys() == {"v4"}
        aws("ecs").stop_service_deployment(serviceDeploymentArn=under_way["serviceDeploymentArn"])
        reach(service, status="ROLLBACK_SUCCESSFUL")
        assert load.counted(50).keys() == {"v2"}
    assert load.failed == []
