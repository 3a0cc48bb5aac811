"""Changes to a deployment that runs: exactly what was changed changes, and callers notice nothing.

Each test leaves the sandbox deployed as declared.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

import pytest

from tests.support.documents import walkthrough
from tests.support.end_to_end.census import census
from tests.support.end_to_end.observers import Caller, Sample, Watch
from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.paths import ROOT

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

FAILING_IMAGE = """
[[image]]
repository = "axon"
tag = "9.9.9"
command = ["{python}", "-c", "raise SystemExit('no licence')"]
"""
WORKLOADS = "stacks/config/Pulumi.sandbox-workloads.yaml"

Change = tuple[str, str, str]
"""Action, last part of the type, and name."""


def changes(document: dict[str, Any]) -> dict[str, list[Change]]:
    """What a plan changes, by layer, sorted."""
    return {
        layer["stack"].removeprefix("sandbox-"): sorted(
            (step["action"], step["type"].rpartition(":")[2], step["name"]) for step in layer["changes"]
        )
        for layer in document["layers"]
    }


def serving(project: ProjectCopy, service: str) -> frozenset[str]:
    """The ids of the healthy tasks of a service."""
    return frozenset(task["id"] for task in project.tasks(service) if task["health"] == "HEALTHY")


def test_up_in_words(running: ProjectCopy) -> None:
    """A deployment from nothing ends with a summary of what it made, what stands, and what to do next."""
    shown = running.deployments[0]
    assert re.fullmatch(
        r"sandbox is deployed as release 1 \([\d.]+ s\)\n"
        r"  foundation  \d+ created \([\d.]+ s\)\n"
        r"  platform    \d+ created \([\d.]+ s\)\n"
        r"  workloads   \d+ created \([\d.]+ s\)\n"
        r"  the rest    starting, planning, publishing policies \([\d.]+ s\)\n\n"
        r"layers    \d+ recorded resources: foundation \d+, platform \d+, workloads \d+\n"
        r"release   1 \(\S+, \S+:user/operator\)\n"
        r"service   axon: 2/2 healthy, 2 running \(sandbox-axon:1\)\n"
        r"service   orbit: 2/2 healthy, 2 running \(sandbox-orbit:1\)\n"
        rf"address   {running.address}\n"
        r"policies  version [0-9a-f]{12}, a forbid is in force everywhere within 15 s\n"
        rf"emulator  {running.host.endpoint}\n"
        r"iam       enforced: \d+ permissions allowed, \d+ denied.*\n"
        r"time      a minute of AWS lasts 1 s \(bakes, steps, alarms\)\n\n"
        r"next:  \S*myelin dispatch reason    a call that governance allows\n"
        r"       \S*myelin dispatch erase     one that it denies\n"
        r"       \S*myelin status             how it stands\n"
        r"       \S*myelin logs               what was written\n"
        r"       \S*myelin preview            what a change would do\n"
        r"       \S*myelin down               end the sandbox\n",
        shown.stdout,
    ), shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr


def test_another_size_rolls_through(running: ProjectCopy) -> None:
    """`preview` names exactly the resources that another `cpu` changes, and how; `up` replaces the task
    definitions, updates the services, and has each new task take the place of an old one. ECS-1
    """
    services = ("axon", "orbit")
    before = {service: serving(running, service) for service in services}
    for service in services:
        running.edit(f"services/{service}/service.toml", "cpu = 256", "cpu = 512")
        running.edit(f"services/{service}/service.toml", "memory = 512", "memory = 1024")

    preview = running.myelin("preview", "--exit-code", check=False)
    assert preview.code == 3
    assert changes(preview.document) == {
        "foundation": [],
        "platform": [],
        "workloads": [
            *(("replace", "TaskDefinition", service) for service in services),
            *(("update", "Service", service) for service in services),
        ],
    }
    properties = {
        (step["type"].rpartition(":")[2], change["path"]): (change["old"], change["new"], change["replaces"])
        for step in preview.document["layers"][2]["changes"]
        for change in step["changes"]
        if step["name"] == "axon"
    }
    definition = running.workloads.services["axon"].task_definition_arn
    assert properties == {
        ("TaskDefinition", "containerDefinitions[0].cpu"): (256, 512, True),
        ("TaskDefinition", "containerDefinitions[0].memory"): (448, 960, True),
        ("TaskDefinition", "cpu"): ("256", "512", True),
        ("TaskDefinition", "memory"): ("512", "1024", True),
        ("Service", "taskDefinition"): (definition, "[unknown]", False),
    }
    assert preview.document["policy"]["changed"] is False
    assert {service: serving(running, service) for service in services} == before

    with Caller(running) as caller, Watch(running) as watch:
        deployed = running.myelin("up")
    assert caller.failures == []
    assert caller.calls >= 3
    assert changes(deployed.document) == changes(preview.document)
    for service in services:
        after = serving(running, service)
        assert len(after) == 2
        assert after & before[service] == set()
        assert_one_by_one(watch.samples[service], before[service])
        assert {task["task_definition"].rpartition("/")[2] for task in running.tasks(service)} == {
            f"sandbox-{service}:2"
        }


def assert_one_by_one(samples: list[Sample], old: frozenset[str]) -> None:
    """At no moment fewer than two serve, and an old one goes only once a new one has taken its place."""
    for sample in samples:
        new = sample.serving - old
        gone = old - sample.serving
        assert len(sample.serving) >= 2, samples
        assert len(gone) <= len(new), samples


def test_a_service_comes_and_goes(running: ProjectCopy) -> None:
    """Adding a service is what docs/add-a-service.md says, and shows what it says. Taking it away deletes
    exactly what it brought, and only with a yes: without a terminal and without --yes, nothing is changed.
    """
    before, axon = census(running), serving(running, "axon")
    edited = {path: running.path(path).read_text(encoding="utf-8") for path in walkthrough.added()}
    # the code that its tasks run is looked for in the project first
    code = shutil.ignore_patterns("__pycache__", "*.toml")
    shutil.copytree(ROOT / "services", running.path("services"), dirs_exist_ok=True, ignore=code)
    walkthrough.follow(running.root)

    shown = running.myelin("preview", json=False).stdout
    assert sorted(resource_lines(shown)) == sorted(resource_lines(walkthrough.blocks("text")[0]))
    # additions delete nothing, so they need no yes
    additions = running.myelin("up").document
    added = changes(additions)
    assert len(serving(running, "dendrite")) == 1
    assert running.dispatch("reason")[0] == 400
    status, _, answer = running.dispatch("reason", target="dendrite")
    assert (status, answer["result"]) == (200, {"conclusion": "thought about", "asked_by": "orbit"})
    assert answer["decision"]["policies"] == ["orbit-may-reason-on-dendrite"]
    in_place = {
        "foundation": [],
        "platform": [("update", "NetworkAcl", "acls-isolated"), ("update", "NetworkAcl", "acls-private")],
        "workloads": [
            ("replace", "TaskDefinition", "orbit"),
            ("update", "CompositeAlarm", "orbit"),
            ("update", "CompositeAlarm", "orbit-burn-fast-known"),
            ("update", "CompositeAlarm", "orbit-burn-medium-known"),
            ("update", "CompositeAlarm", "orbit-burn-slow-known"),
            ("update", "Service", "orbit"),
        ],
    }
    created = {layer: [step for step in steps if step[0] == "create"] for layer, steps in added.items()}
    assert {layer: sorted({*added[layer]} - {*created[layer]}) for layer in added} == in_place
    # of the alarms of two callees, Orbit has one that says that any of them is down
    brought = {name for steps in created.values() for _, _, name in steps} - {"orbit-callees-down"}
    assert all("dendrite" in name for name in brought)

    shutil.rmtree(running.path("services/dendrite"))
    for path, text in edited.items():
        running.path(path).write_text(text, encoding="utf-8")
    standing, tasks = census(running), running.status()["services"]
    refused = running.myelin("up", json=False, check=False)
    assert refused.code == 2
    lost = sorted(
        f"{step['type']} {step['name']}"
        for layer in additions["layers"]
        for step in layer["changes"]
        if step["action"] == "create"
    )
    assert refused.stderr.splitlines()[-2:] == [
        f"error: this would delete {', '.join(lost[:3])} and {len(lost) - 3} more, "
        "and there is no terminal to confirm it on",
        "hint:  give --yes to go ahead",
    ]
    assert census(running) == standing
    assert running.status()["services"] == tasks

    with Caller(running, target="axon") as caller:
        removed = changes(running.up().document)
    assert caller.failures == []
    assert removed == {
        layer: sorted([*(("delete", kind, name) for _, kind, name in created[layer]), *in_place[layer]])
        for layer in created
    }
    until(
        lambda: "dendrite" not in {service["name"] for service in running.status()["services"]},
        "the tasks of the removed service have ended",
    )
    assert census(running) == before
    assert serving(running, "axon") == axon


def test_changed_code_rolls_its_service_alone(running: ProjectCopy) -> None:
    """Another line of code is another image: `preview` names it, and `up` replaces the tasks of that service
    and no others, without a call that fails.
    """
    code = shutil.ignore_patterns("__pycache__", "*.toml")
    shutil.copytree(ROOT / "services", running.path("services"), dirs_exist_ok=True, ignore=code)
    before = {service: serving(running, service) for service in ("axon", "orbit")}
    changed = running.path("services/axon/heartbeat.py")
    changed.write_text(changed.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    preview = running.myelin("preview").document
    axon = {
        "foundation": [],
        "platform": [],
        "workloads": [("replace", "TaskDefinition", "axon"), ("update", "Service", "axon")],
    }
    assert changes(preview) == axon
    [image] = [
        change
        for step in preview["layers"][2]["changes"]
        for change in step["changes"]
        if change["path"].endswith(".image")
    ]
    assert image["old"].split("@")[0] == image["new"].split("@")[0]
    assert image["old"] != image["new"]
    with Caller(running, target="axon") as caller:
        assert changes(running.up().document) == axon
    assert caller.failures == []
    assert serving(running, "axon") & before["axon"] == set()
    assert serving(running, "orbit") == before["orbit"]


def resource_lines(text: str) -> list[str]:
    """The lines of a plan in words that name a layer or a resource."""
    return [line for line in text.splitlines() if re.match(r"sandbox-|  [^ ] ", line)]


def test_a_mistake_changes_nothing(running: ProjectCopy) -> None:
    """What is written wrong is refused before anything that runs is touched."""
    # what logs and traces hold grows by itself
    before, processes = running.status() | {"telemetry": None}, running.processes()
    running.edit("services/orbit/service.toml", "port = 8080", "port = 8081")
    try:
        refused = running.myelin("up", check=False)
    finally:
        running.edit("services/orbit/service.toml", "port = 8081", "port = 8080")
    assert refused.code == 2
    assert running.status() | {"telemetry": None} == before
    assert running.processes() == processes


def test_a_policy_changes_alone(running: ProjectCopy) -> None:
    """A changed policy is a new version, which `preview` foretells and `up` publishes; no resource changes,
    no process is started anew, and the answers give the new reason. GOV-2
    """
    tasks = {service: serving(running, service) for service in ("axon", "orbit")}
    old = running.dispatch("erase")[2]["policy_version"]
    policy = running.path("policies/calls/rules/no-erase.cedar")
    reason = "nothing here is ever erased, whoever asks"
    lines = [
        f'@reason("{reason}")' if line.startswith("@reason(") else line
        for line in policy.read_text(encoding="utf-8").splitlines()
    ]
    policy.write_text("\n".join(lines) + "\n", encoding="utf-8")

    preview = running.myelin("preview", "--exit-code", check=False)
    assert preview.code == 3
    assert preview.document["policy"]["current"] == old
    document = running.myelin("up").document
    new = document["policy"]["version"]
    assert new == preview.document["policy"]["version"] != old
    assert document["policy"]["changed"] is True
    assert changes(document) == {"foundation": [], "platform": [], "workloads": []}
    assert document["standing"]["policy_version"] == new

    def decided() -> Any:
        status, _, answer = running.dispatch("erase")
        return answer if status == 403 and answer["policy_version"] == new else None

    assert until(decided, "an answer by the new version")["detail"] == reason
    assert {service: serving(running, service) for service in tasks} == tasks


def test_an_image_that_fails_is_rolled_back(running: ProjectCopy) -> None:
    """A release whose tasks exit makes `up` fail and say why; the tasks of the last one go on serving, the
    change stays to be done, and a corrected `up` succeeds. ECS-4
    """
    images = running.path("services/images.toml")
    images.write_text(images.read_text(encoding="utf-8") + FAILING_IMAGE, encoding="utf-8")
    settings = running.path(WORKLOADS).read_text(encoding="utf-8")
    running.path(WORKLOADS).write_text(f"{settings}  myelin:imageTags:\n    axon: 9.9.9\n", encoding="utf-8")
    before = serving(running, "axon")
    served = running.workloads.services["axon"].task_definition_arn.rpartition("/")[2]
    revision = int(served.rpartition(":")[2])

    with Caller(running) as caller, Watch(running) as watch:
        failed = running.myelin("up", check=False)
    assert failed.code == 6
    error = failed.document["error"]
    assert error["message"].endswith(
        f"RolledBack: the deployment of `axon` was rolled back to {served}: "
        f"sandbox-axon:{revision + 1} failed 3 times, last: exited with code 1: no licence"
    )
    assert error["hint"] == "`myelin status` shows how it stands now, `myelin logs` what its tasks said"
    assert caller.failures == []
    assert caller.calls >= 3
    assert all(before <= sample.serving for sample in watch.samples["axon"])
    assert serving(running, "axon") == before

    # what the failed run left to do is still there, and what it left behind
    preview = running.myelin("preview").document
    assert changes(preview)["workloads"] == [
        ("delete", "TaskDefinition", "axon"),
        ("update", "Service", "axon"),
    ]

    running.path(WORKLOADS).write_text(settings, encoding="utf-8")
    with Caller(running) as caller:
        running.myelin("up")
    assert caller.failures == []
    assert serving(running, "axon") & before == set()
    assert len(serving(running, "axon")) == 2
