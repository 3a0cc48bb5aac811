"""`up` interrupted at many points, gently and by force: the next one goes on, and nothing exists twice.

One deployment is interrupted several times in a row, each time further on; what is reached in the end has to
be what an undisturbed deployment makes.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from tests.end_to_end.census import census
from tests.end_to_end.observers import Caller
from tests.end_to_end.project import ENVIRONMENT, ProjectCopy, until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("interrupted")]

SECONDS = 60.0


def _at_once(_project: ProjectCopy) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point in a deployment: the line that `up` writes there, and what has to be so besides."""

    name: str
    line: str
    then: Callable[[ProjectCopy], bool] = _at_once


def _publishing(project: ProjectCopy) -> bool:
    """Whether the first documents of the policies are in the table."""
    return bool(project.client("dynamodb").scan(TableName=f"{ENVIRONMENT}-governance-policies")["Items"])


def _starting(service: str) -> Callable[[ProjectCopy], bool]:
    """Whether a service has tasks that are not healthy yet."""

    def found(project: ProjectCopy) -> bool:
        tasks = [
            task for item in project.status()["services"] if item["name"] == service for task in item["tasks"]
        ]
        return any(task["health"] == "STARTING" for task in tasks)

    return found


def step(layer: str, number: int) -> Point:
    """After so many steps of a layer."""
    return Point(name=f"{layer}-{number}", line=rf"  {layer} +{number}/")


PUBLISHING = Point(name="publishing", line=r"  platform +(\d+)/\1 ", then=_publishing)
WAITING = Point(
    name="waiting",
    line="  workloads: waiting for aws:ecs/service:Service axon to become steady",
    then=_starting("axon"),
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A copy that was deployed without a disturbance."""
    copy = ProjectCopy(tmp_path_factory.mktemp("undisturbed") / "project", archives)
    try:
        copy.up()
        yield copy
    finally:
        copy.close()


@pytest.fixture(scope="module")
def expected(undisturbed: ProjectCopy) -> dict[str, int]:
    """What an undisturbed deployment makes."""
    return census(undisturbed)


def interrupt(project: ProjectCopy, point: Point, number: signal.Signals) -> tuple[int, str]:
    """Run `up` to a point, signal it there, and give its exit code and what it wrote after that line."""
    process = project.popen("up", "--yes")
    try:
        _read_up_to(process, point.line)
        until(lambda: point.then(project), point.name, seconds=SECONDS)
        process.send_signal(number)
        _, rest = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, rest


def _read_up_to(process: Popen[str], pattern: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if re.match(pattern, line):
            return
    # ended before that point: how many steps are left for it depends on where the one before was stopped


def assert_whole(project: ProjectCopy, expected: dict[str, int]) -> None:
    """What exists is what an undisturbed deployment makes, all of it is recorded, and calls are answered."""
    assert census(project) == expected
    assert project.myelin("preview", "--exit-code").document["changed"] is False
    assert project.myelin("status").document["healthy"] is True
    assert project.dispatch("reason")[0] == 200
    status, _, answer = project.dispatch("erase")
    assert (status, answer["reason_code"]) == (403, "forbidden")


def test_killed_at_many_points(project: ProjectCopy, expected: dict[str, int]) -> None:
    """After kill -9 in each layer, while policies are published and while services start, `up` goes on."""
    for point in (step("foundation", 12), step("platform", 15), PUBLISHING, step("workloads", 7), WAITING):
        code, _ = interrupt(project, point, signal.SIGKILL)
        assert code in (-signal.SIGKILL, 0), point
    project.up()
    assert_whole(project, expected)


def test_stopped_at_many_points(project: ProjectCopy, expected: dict[str, int]) -> None:
    """After Ctrl-C it ends with 130 once the steps under way are done, says how to go on, and does."""
    for point in (step("foundation", 30), step("workloads", 3), WAITING):
        code, rest = interrupt(project, point, signal.SIGINT)
        assert code == 130, rest
        lines = rest.splitlines()
        assert "stopping after the steps under way; once more stops at once, and is safe" in lines
        assert lines[-2:] == ["error: interrupted", "hint:  the next `myelin up` goes on from here"]
        assert "Traceback" not in rest
    project.up()
    assert_whole(project, expected)


def test_killed_during_a_change(undisturbed: ProjectCopy, expected: dict[str, int]) -> None:
    """A change cut off while a service moves to its new tasks is finished by the next `up`; until then the
    sandbox finishes it by itself, and no call fails.
    """
    before = {task["id"] for task in undisturbed.tasks("axon")}
    undisturbed.edit("services/axon/service.toml", "cpu = 256", "cpu = 512")
    undisturbed.edit("services/axon/service.toml", "memory = 512", "memory = 1024")
    with Caller(undisturbed) as caller:
        code, _ = interrupt(undisturbed, WAITING, signal.SIGKILL)
        assert code == -signal.SIGKILL
        steps: list[Any] = undisturbed.up().document["layers"][2]["changes"]
    assert caller.failures == []
    assert {item["name"] for item in steps} == {"axon"}
    tasks = undisturbed.tasks("axon")
    assert {task["task_definition"].rpartition("/")[2] for task in tasks} == {"sandbox-axon:2"}
    assert before & {task["id"] for task in tasks} == set()
    assert_whole(undisturbed, expected)
