"""`myelin deploy` under load: every strategy with a good image, and with one that ECS has to take back.

One sandbox, in which each test begins with the release that serves; a minute of AWS lasts two seconds. How
fast the machine answers is not what is tried: Orbit's objective for latency is as wide as it can be, and all
clients are of one tenant, so that governance is asked for a few decisions only. Otherwise a busy machine
turns alarms red, and a good image is rolled back, as it should be.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.end_to_end.project import ProjectCopy, Ran, had_no_time, until
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.costly("deploys again and again under load, in a sandbox of its own"),
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("deploy"),
]

ORBIT, APP = "services/orbit/service.toml", "services/orbit/app.py"
SETTINGS = "stacks/config/Pulumi.sandbox-workloads.yaml"
CLIENTS = 20
TIME_SCALE = "30"
SECONDS = 300
"""What a deployment, or a wait for one, may take on a busy machine."""
SMOKE = 'smoke = ["/openapi.json"]\n'
STRATEGIES = {
    "rolling": 'strategy = "rolling"\n',
    "blue_green": f'{SMOKE}strategy = "blue_green"\nbake_minutes = 4\n',
    "linear": f'{SMOKE}strategy = "linear"\npercent = 50\nstep_minutes = 4\nbake_minutes = 4\n',
    "canary": f'{SMOKE}strategy = "canary"\npercent = 20\nstep_minutes = 4\nbake_minutes = 4\n',
}
UNFIT = """
import services.runtime.application as _application
_route = _application.Route
async def _fails(*_): raise RuntimeError("broken on purpose")
_application.Route = lambda path, to, **more: _route(path, _fails if path == "/openapi.json" else to, **more)
"""
FINE = {"200", "busy"}
"""What is no failure: that governance had no time to decide, on a busy machine, has a reason of its own."""


class Load:
    """Clients that dispatch until the block ends, and what they were answered."""

    def __init__(self, address: str) -> None:
        self._url, self._stop = f"{address}/dispatch", threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()

    def __enter__(self) -> Load:  # noqa: D105
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:  # noqa: D105
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def begun(self) -> None:
        """Wait until the clients are answered."""
        until(lambda: self.answers["200"] >= CLIENTS, "answers for the clients", seconds=SECONDS)

    def _ask(self) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not self._stop.wait(0.25):
                kind = self._answer(client)
                with self._lock:
                    self.answers[kind] += 1

    def _answer(self, client: httpx.Client) -> str:
        try:
            answer = client.post(self._url, json={"intent": "reason", "tenant": "load"})
        except httpx.HTTPError as error:
            return type(error).__name__
        return "busy" if had_no_time(answer) else str(answer.status_code)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed project with Orbit's code in it, to be broken."""
    copy = ProjectCopy(tmp_path_factory.mktemp("deploy") / "project", archives)
    code = shutil.ignore_patterns("__pycache__", "service.toml")
    shutil.copytree(ROOT / "services/orbit", copy.path("services/orbit"), ignore=code, dirs_exist_ok=True)
    copy.edit(ORBIT, "latency_p99_ms = 500", "latency_p99_ms = 60000")
    copy.edit(ORBIT, "max = 6", "max = 2")
    copy.edit(ORBIT, "interval = 10", "interval = 6")
    try:
        copy.up("--time-scale", TIME_SCALE)
        yield copy
    finally:
        copy.close()


def declare(project: ProjectCopy, text: str) -> None:
    """Have Orbit deployed so from now on. An `up` after a rollback deploys what served before once more."""
    path = project.path(ORBIT)
    kept = path.read_text(encoding="utf-8").partition("\n[deployment]")[0].rstrip()
    path.write_text(f"{kept}\n\n[deployment]\n{text}", encoding="utf-8")
    project.up()


def image(project: ProjectCopy, more: str = "") -> str:
    """The digest of Orbit's image with a few lines more, which the working tree then has no more."""
    path = project.path(APP)
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n# {uuid.uuid4()}\n{more}", encoding="utf-8")
    made = project.myelin("image", "build", "orbit").document["images"]
    path.write_text(before, encoding="utf-8")
    return str(made[0]["digest"])


def newest_release(project: ProjectCopy) -> dict[str, Any]:
    """The newest release, as the ledger has it."""
    found: dict[str, Any] = project.myelin("release", "list").document["releases"][0]
    return found


def serving(project: ProjectCopy) -> frozenset[str]:
    """The definitions of Orbit's healthy tasks."""
    return frozenset(
        task["task_definition"] for task in project.tasks("orbit") if task["health"] == "HEALTHY"
    )


def newest_deployment(project: ProjectCopy) -> dict[str, Any]:
    """Orbit's newest deployment, as ECS describes it."""
    ecs = project.client("ecs")
    listed = ecs.list_service_deployments(cluster="sandbox", service="orbit")["serviceDeployments"]
    arns = [listed[0]["serviceDeploymentArn"]]
    described: dict[str, Any] = ecs.describe_service_deployments(serviceDeploymentArns=arns)
    found: dict[str, Any] = described["serviceDeployments"][0]
    return found


def deploy(project: ProjectCopy, digest: str) -> tuple[Ran, Counter[str]]:
    """Deploy an image under load; how that ended, and what clients were answered."""
    with Load(project.address) as load:
        load.begun()
        ran = project.myelin(
            "deploy", "orbit", "--image", digest, "--yes", check=False, json=False, timeout=SECONDS
        )
    return ran, load.answers


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_good_image_takes_all_traffic_and_no_request_fails(project: ProjectCopy, strategy: str) -> None:
    """DEL-4: exit 0 when the new revision serves; the ledger and the stack file have the image."""
    if strategy != "rolling":
        declare(project, STRATEGIES[strategy])
    before, digest = serving(project), image(project)
    ran, answers = deploy(project, digest)
    assert ran.code == 0, ran.stderr
    assert set(answers) <= FINE, answers
    assert "orbit deployed as release" in ran.stdout
    until(lambda: serving(project) and not before & serving(project), "the new tasks serve", seconds=SECONDS)
    release = newest_release(project)
    assert (release["kind"], release["state"]) == ("deploy", "succeeded")
    assert digest in project.path(SETTINGS).read_text(encoding="utf-8")
    assert newest_deployment(project)["deploymentConfiguration"]["strategy"] == strategy.upper()


def test_an_image_that_fails_the_smoke_test_gets_no_traffic(project: ProjectCopy) -> None:
    """DEL-4: ECS rolls back by itself, the command exits 6, the ledger says so, and no request failed."""
    declare(project, STRATEGIES["canary"])
    before, settings = serving(project), project.path(SETTINGS).read_text(encoding="utf-8")
    ran, answers = deploy(project, image(project, UNFIT))
    assert ran.code == 6, f"{ran.stdout}{ran.stderr}"
    assert set(answers) <= FINE, answers
    release = newest_release(project)
    assert (release["kind"], release["state"]) == ("deploy", "rolled_back")
    assert release["reason"]
    until(lambda: serving(project) == before, "the tasks before serve", seconds=SECONDS)
    assert project.path(SETTINGS).read_text(encoding="utf-8") == settings
    with Load(project.address) as after:
        after.begun()
    assert set(after.answers) <= FINE, after.answers
