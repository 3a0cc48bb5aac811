"""The lines of a deployment as it goes, without a terminal."""

from __future__ import annotations

import pytest

from cli.terminal.progress import PlainScreen
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.progress import Progress

URN = "urn:pulumi:dev-workloads::myelin::myelin:containers:Service$aws:ecs/service:Service::axon"
STEP = Step(action=StepAction.UPDATE, urn=URN)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (f"ecs:X failed for `{URN}`: Failed: no licence", "ecs:X failed: Failed: no licence"),
        (f"the step on `{URN}` broke off: lost", "the step on it broke off: lost"),
    ],
)
def test_failed_step_names_its_resource_once(
    error: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line of a failed step begins with its resource, and says what happened without the URN."""
    screen = PlainScreen()
    screen.layer("workloads", 2)
    screen.step("workloads", Progress(step=STEP, seconds=1.0, error=error))
    shown = capsys.readouterr().err
    assert shown == f"  workloads   1/2 ~ aws:ecs/service:Service axon failed: {said}\n"


def test_step_that_ended_has_its_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """The line of a step that ended well says how long it took."""
    screen = PlainScreen()
    screen.layer("workloads", 1)
    screen.step("workloads", Progress(step=STEP, seconds=1.234))
    assert capsys.readouterr().err == "  workloads   1/1 ~ aws:ecs/service:Service axon 1.23 s\n"
