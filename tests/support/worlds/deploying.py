"""Deploys a project into a world in memory, with DynamoDB of moto and the admin function in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.deployment.pipeline import DECLARED, Deployed, ReleaseAim, deploy
from cli.environment import read_environment
from cli.project import Project
from cli.releases.ledger import ReleaseLedger
from cli.releases.release import Release
from cli.terminal.progress import PlainScreen
from cli.worlds.world import LocalChoices, World
from stacks.names import Layer
from tests.support.governance.admin_api import administered
from tests.support.governance.recording_admin import recording_admin
from tests.support.recording.project_copy import project_to_deploy
from tests.support.worlds.fake_deployments import FakeEcs, FakeWatch
from tests.support.worlds.fake_ecr import FakeEcr
from tests.support.worlds.fake_world import FakeWorld, fake_world, outputs_with

NIGHT = '@id("night") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'
Line = tuple[Project, FakeWorld]


class Functions:
    """Lambda, where no admin function asks for two persons."""

    def get_function_configuration(self, **_: str) -> dict[str, Any]:
        return {}


@contextmanager
def deployable_world(project: Project, folder: Path, dynamodb: Any) -> Iterator[FakeWorld]:
    """A world of the environment `dev` in which nothing is deployed."""
    clients = {
        "dynamodb": dynamodb,
        "lambda": Functions(),
        "ecr": FakeEcr(),
        "ecs": FakeEcs([None]),
        "cloudwatch": FakeWatch(),
    }
    with recording_admin(administered()) as admin:
        made = fake_world(folder, clients=clients, outputs=outputs_with(admin.url))
        yield replace(made, environment=read_environment(project, "dev"))


def up(
    project: Project,
    world: World,
    *,
    choices: LocalChoices | None = None,
    confirm: Callable[[Any], None] = lambda _: None,
    aim: ReleaseAim = DECLARED,
) -> Deployed:
    """Deploy what is declared, or what `aim` says."""
    return deploy(
        project,
        world,
        screen=PlainScreen(quiet=True),
        choices=choices or LocalChoices(),
        confirm=confirm,
        cancelled=threading.Event(),
        aim=aim,
    )


def releases_in(dynamodb: Any) -> tuple[Release, ...]:
    """Every release in the table of a world in memory."""
    return ReleaseLedger(dynamodb, "releases").releases()


@contextmanager
def two_releases(folder: Path, dynamodb: Any) -> Iterator[Line]:
    """A deployed project; its second release has a policy and a setting more."""
    project = project_to_deploy(folder / "project")
    with deployable_world(project, folder, dynamodb) as world:
        world.durable = {
            "urn:pulumi:dev-platform::myelin::aws:dynamodb/table:Table::policies": "policies 2026"
        }
        up(project, world)
        (project.policies / "night.cedar").write_text(NIGHT)
        change_setting(project, world, "myelin:logRetentionDays: 30", "myelin:logRetentionDays: 60")
        up(project, world)
        yield project, world


def change_setting(project: Project, world: FakeWorld, old: str, new: str) -> None:
    file = project.stack_file("dev", Layer.PLATFORM)
    file.write_text(file.read_text().replace(old, new))
    world.environment = read_environment(project, "dev")
