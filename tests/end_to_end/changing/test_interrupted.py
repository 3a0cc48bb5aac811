"""`up` interrupted at many points, gently and by force: the next one goes on, and nothing exists twice.

One deployment, which begins after a sandbox was killed, is interrupted several times in a row, each time
further on; what is reached in the end has to be what an undisturbed deployment makes. While services start,
they are stopped in the first deployment, and killed in a change. `make test` leaves out the first and the
last of the interruptions in a row.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.effort import LONG
from tests.support.end_to_end.census import census
from tests.support.end_to_end.commands import Command
from tests.support.end_to_end.killing import alive, kill_host
from tests.support.end_to_end.observers import Caller
from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy, until

pytestmark = pytest.mark.sandbox

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


def waiting(service: str) -> Point:
    """While a service is waited for, and its tasks start."""
    return Point(
        name=f"waiting for {service}",
        line=f"  workloads: waiting for aws:ecs/service:Service {service} to become steady",
        then=_starting(service),
    )


PUBLISHING = Point(name="publishing", line=r"  platform +(\d+)/\1 ", then=_publishing)
KILL, STOP = signal.SIGKILL, signal.SIGINT
LEGS = (
    (step("foundation", 12), KILL),
    (step("platform", 12), STOP),
    (PUBLISHING, KILL),
    (waiting("orbit"), STOP),
)
TRIED = LEGS if LONG else LEGS[1:3]
ENDS = {KILL: -int(KILL), STOP: 130}


def interrupt(project: ProjectCopy, point: Point, number: signal.Signals) -> tuple[int, str]:
    """Run `up` to a point, signal it there, and give its exit code and what it wrote after that line.

    One that ends before it comes to the point is not signalled: how many steps are left for a layer depends
    on where the one before was stopped.
    """
    process = project.start("up", "--yes")
    try:
        if _comes_to(process, point.line):
            until(lambda: point.then(project), point.name, seconds=SECONDS)
            process.send_signal(number)
        _, rest = process.communicate(SECONDS)
    finally:
        process.kill()
    assert process.returncode is not None
    return process.returncode, rest


def _comes_to(process: Command, pattern: str) -> bool:
    return any(re.match(pattern, line) for line in process.stderr)


def assert_whole(project: ProjectCopy) -> None:
    """What exists is what an undisturbed deployment makes, all of it is recorded, and calls are answered."""
    assert census(project) == project.undisturbed
    assert project.myelin("preview", "--exit-code").document["changed"] is False
    assert project.myelin("status").document["healthy"] is True
    assert project.dispatch("reason")[0] == 200
    status, _, answer = project.dispatch("erase")
    assert (status, answer["reason_code"]) == (403, "forbidden")


@pytest.mark.costly("deploys again and again")
@pytest.mark.xdist_group("breakable")
def test_interrupted_at_many_points(breakable: ProjectCopy) -> None:
    """Killed or stopped in each layer, while policies are published and while services start, `up` goes on
    the next time, and in the end there is what an undisturbed one makes.

    Ctrl-C ends it with 130 once the steps under way are done, and it says how to go on. Before it all, the
    sandbox itself was killed: `status` says that nothing runs, and `up` ends what was left and deploys anew.
    """
    left, _ = kill_host(breakable)
    assert len(left) > 1
    status = breakable.myelin("status").document
    assert (status["running"], status["deployed"], status["healthy"]) == (False, False, False)
    shown = breakable.myelin("status", json=False).stdout
    assert shown.startswith("no sandbox is running; start one with `myelin up`\n")
    # a function's process sees for itself that its sandbox has gone
    assert re.search(r"\n\d+ processes of a killed sandbox still run; ", shown)
    for point, number in TRIED:
        code, rest = interrupt(breakable, point, number)
        if code == 0:
            # the stop before let so many steps end that none was left for this point: come to it from nothing
            breakable.down()
            code, rest = interrupt(breakable, point, number)
        assert code == ENDS[number], f"{point.name}: {rest}"
        assert alive(left) == []
        assert "Traceback" not in rest
        if number == STOP:
            lines = rest.splitlines()
            assert "stopping after the steps under way; once more stops at once, and is safe" in lines
            assert lines[-2:] == ["error: interrupted", "hint:  the next `myelin up` goes on from here"]
    breakable.up()
    assert_whole(breakable)


@pytest.mark.costly("deploys again")
@pytest.mark.xdist_group("change")
def test_killed_during_a_change(running: ProjectCopy) -> None:
    """A change cut off while a service moves to its new tasks is finished by the next `up`; until then the
    sandbox finishes it by itself, and no call fails.
    """
    before = {task["id"] for task in running.tasks("axon")}
    [served] = {task["task_definition"].rpartition("/")[2] for task in running.tasks("axon")}
    declaration = "services/axon/service.toml"
    for name, sizes in (("cpu", (256, 512)), ("memory", (512, 1024))):
        old, new = sizes if f"{name} = {sizes[0]}\n" in running.path(declaration).read_text() else sizes[::-1]
        running.edit(declaration, f"{name} = {old}\n", f"{name} = {new}\n")
    with Caller(running) as caller:
        code, _ = interrupt(running, waiting("axon"), KILL)
        assert code == ENDS[KILL]
        steps: list[Any] = running.up().document["layers"][2]["changes"]
    assert caller.failures == []
    assert {item["name"] for item in steps} == {"axon"}
    tasks = running.tasks("axon")
    family, _, revision = served.partition(":")
    assert {task["task_definition"].rpartition("/")[2] for task in tasks} == {f"{family}:{int(revision) + 1}"}
    assert before & {task["id"] for task in tasks} == set()
    assert_whole(running)
