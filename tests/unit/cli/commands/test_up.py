"""What the options of `myelin up` come to; that it deploys is proved end to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.environment import read_environment
from cli.errors import CliError
from cli.main import app
from cli.project import find_project
from cli.worlds.world import LocalChoices
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import FakeWorld, fake_world
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]
LOST = StackPlan(
    stack="dev-platform",
    steps=(
        Step(action=StepAction.DELETE, urn="urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev"),
    ),
)


class StoppedError(CliError):
    """Ends a deployment before it begins."""


class Deployment:
    """Stands for the pipeline: keeps what it is given, asks about a plan, and stops."""

    def __init__(self, *plans: StackPlan) -> None:
        self.plans = plans
        self.given: dict[str, Any] = {}
        self.worlds: list[FakeWorld] = []

    def __call__(self, project: Any, world: FakeWorld, **given: Any) -> Any:
        self.given = given
        self.worlds.append(world)
        given["confirm"](self.plans)
        raise StoppedError("confirmed")


def as_written(world: FakeWorld) -> FakeWorld:
    """The world with the settings of the project's stack files."""
    world.environment = read_environment(find_project(directory=ROOT), world.environment.name)
    return world


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, Deployment]]:
    """Runs `myelin up` with a deployment of these plans."""
    use_world(monkeypatch, lambda session: as_written(fake_world(tmp_path, session.environment)))

    def runs(*arguments: str, plans: tuple[StackPlan, ...] = ()) -> tuple[Result, Deployment]:
        deployment = Deployment(*plans)
        monkeypatch.setattr("cli.commands.up.deploy", deployment)
        return CliRunner().invoke(app, ["up", *arguments, "--project", str(ROOT)]), deployment

    return runs


def test_choices_and_environment_reach_the_deployment(run: Any) -> None:
    """Free ports, the usual pace and the sandbox, unless others are named."""
    _, plain = run()
    assert plain.given["choices"] == LocalChoices()
    assert plain.worlds[0].environment.name == "sandbox"
    for named in (["dev"], ["--env", "dev"]):
        _, other = run(*named, "--port", "8080", "--emulator-port", "5000", "--time-scale", "6")
        assert other.given["choices"] == LocalChoices(emulator=5000, load_balancer=8080, time_scale=6)
        assert other.worlds[0].environment.name == "dev"


def test_what_would_be_lost_is_asked_about(run: Any) -> None:
    """Without a terminal `--yes` is needed, but only when something that exists would be deleted."""
    asked, _ = run(plans=(LOST,))
    assert asked.exit_code == 2
    assert "this would delete aws:ecs/cluster:Cluster dev, and there is no terminal" in asked.stderr
    assert "  - aws:ecs/cluster:Cluster dev\n" in asked.stderr
    confirmed, _ = run("--yes", plans=(LOST,))
    assert "error: confirmed\n" in confirmed.stderr
    nothing, _ = run()
    assert "error: confirmed\n" in nothing.stderr


def test_production_is_asked_about(run: Any) -> None:
    """Where the settings say so, before any change, and not only before a deletion; `--yes` answers. ENV-1"""
    asked, _ = run("prod")
    assert asked.exit_code == 2
    expected = (
        "this would bring prod to what is declared, with 0 changes of resources, and there is no terminal"
    )
    assert expected in asked.stderr
    confirmed, _ = run("prod", "--yes")
    assert "error: confirmed\n" in confirmed.stderr


def test_json_shows_no_plan(run: Any) -> None:
    """Progress is for people."""
    ran, _ = run("--yes", "--json", plans=(LOST,))
    assert ran.stderr == "error: confirmed\n"


def test_dry_run_deploys_nothing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a preview."""
    previewed: list[str] = []
    monkeypatch.setattr("cli.commands.up.show_preview", lambda session: previewed.append(session.environment))
    ran, deployment = run("dev", "--dry-run")
    assert (ran.exit_code, previewed, deployment.worlds) == (0, ["dev"], [])
