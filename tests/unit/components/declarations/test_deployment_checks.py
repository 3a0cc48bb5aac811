"""Strategies that a service can not take, and keys of `[deployment]` that contradict each other. DEL-4."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations.deployment_checks import deployment_errors, traffic_errors
from components.declarations.document import DeclarationFile
from tests.support.recording.declarations import declared, minimal
from tests.support.recording.mistaken_declarations import AXON, BASE, Mistake, assert_is_explained, solo

CALLED = {"axon": AXON, "solo": minimal("solo", 9000, calls=("axon",))}

MISTAKES = {
    "a canary without traffic": solo(
        BASE + '[deployment]\nstrategy = "canary"\n',
        line=7,
        message="`solo` has neither ingress nor callers, so there is no traffic for "
        '`strategy = "canary"` to shift',
        hint='use `strategy = "rolling"` or `"blue_green"`, or let a service call it',
    ),
    "linear steps without traffic": solo(
        BASE + '[deployment]\nstrategy = "linear"\n',
        line=7,
        message="`solo` has neither ingress nor callers, so there is no traffic for "
        '`strategy = "linear"` to shift',
        hint='use `strategy = "rolling"` or `"blue_green"`, or let a service call it',
    ),
    "a strategy that there is not": solo(
        BASE + '[deployment]\nstrategy = "bluegreen"\n',
        line=7,
        message="`deployment.strategy` must be `rolling`, `blue_green`, `canary` or `linear`, "
        'not `"bluegreen"`',
        hint="correct the value",
    ),
    "a percentage out of bounds": solo(
        BASE + '[deployment]\nstrategy = "canary"\npercent = 101\n',
        line=8,
        message="`deployment.percent` must be a percentage from 0.1 to 100, not `101`",
        hint="correct the value",
    ),
    "no percentage at all": solo(
        BASE + '[deployment]\nstrategy = "canary"\npercent = 0\n',
        line=8,
        message="`deployment.percent` must be a percentage from 0.1 to 100, not `0`",
        hint="correct the value",
    ),
    "a percentage without steps": solo(
        BASE + "[deployment]\npercent = 5\n",
        line=7,
        message="`deployment.percent` is only for steps, and there is no `strategy`",
        hint='set `strategy = "canary"` or `"linear"`',
    ),
    "steps of a rolling update": solo(
        BASE + '[deployment]\nstrategy = "rolling"\nstep_minutes = 5\n',
        line=8,
        message='`deployment.step_minutes` is only for steps, and there is `strategy = "rolling"`',
        hint='set `strategy = "canary"` or `"linear"`',
    ),
    "a rolling update that bakes": solo(
        BASE + "[deployment]\nbake_minutes = 5\n",
        line=7,
        message="`deployment.bake_minutes` is only for strategies that keep the old tasks, and there is no "
        "`strategy`",
        hint='set `strategy = "blue_green"`, `"canary"` or `"linear"`',
    ),
    "a rolling update that pauses": solo(
        BASE + '[deployment]\npause = "before_traffic"\n',
        line=7,
        message="`deployment.pause` is only for strategies that shift traffic, and there is no `strategy`",
        hint='set `strategy = "blue_green"`, `"canary"` or `"linear"`',
    ),
    "a pause at steps that there are not": solo(
        BASE + '[deployment]\nstrategy = "blue_green"\npause = "each_step"\n',
        line=8,
        message='`deployment.pause` has no steps to stop at with `strategy = "blue_green"`',
        hint='set `pause = "before_traffic"`',
    ),
    "how long nothing pauses": solo(
        BASE + '[deployment]\nstrategy = "blue_green"\npause_minutes = 5\n',
        line=8,
        message="`deployment.pause_minutes` is only for a deployment that pauses",
        hint='set `pause = "before_traffic"`',
    ),
    "a linear step too small for ECS": Mistake(
        files={**CALLED, "axon": AXON + '[deployment]\nstrategy = "linear"\npercent = 2.5\n'},
        line=8,
        message="`deployment.percent` of `2.5` is below the 3 that ECS takes as a step",
        hint='raise it, or set `strategy = "canary"`, which takes 0.1',
        blamed="axon",
    ),
    "finer than ECS counts": Mistake(
        files={**CALLED, "axon": AXON + '[deployment]\nstrategy = "canary"\npercent = 2.55\n'},
        line=8,
        message="`deployment.percent` of `2.55` is no multiple of 0.1",
        hint="round it",
        blamed="axon",
    ),
    "a smoke path that matches many": solo(
        BASE + '[deployment]\nsmoke = ["/health/*"]\n',
        line=7,
        message='`deployment.smoke[0]` must be an absolute path without `*`, as `/health`, not `"/health/*"`',
        hint="correct the value",
    ),
    "a smoke path named twice": solo(
        BASE + '[deployment]\nsmoke = ["/health", "/health"]\n',
        line=7,
        message="the smoke path `/health` is named twice",
        hint="remove one",
    ),
    "a smoke path that needs a grant": solo(
        BASE + '[deployment]\nsmoke = ["/think"]\n[[intents]]\nname = "think"\n',
        line=7,
        message="the smoke path `/think` is the intent `think`, which takes nothing without a grant",
        hint="name a path that answers to anybody, such as `/health`",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_explained(mistake: Mistake, tmp_path: Path) -> None:
    """DEL-4: each names file, line and key, and the way out."""
    assert_is_explained(mistake, tmp_path)


def test_a_service_that_is_called_can_take_steps(tmp_path: Path) -> None:
    """DEL-4: without ingress there is the traffic of its callers."""
    services = declared(tmp_path, **CALLED | {"axon": AXON + '[deployment]\nstrategy = "canary"\n'})
    assert services.get("axon").is_smoked_by_task


def test_nothing_is_said_of_traffic_while_a_file_is_wrong(tmp_path: Path) -> None:
    """The service may be called from the file that could not be read."""
    service = declared(tmp_path, solo=BASE).get("solo")
    changed = service.model_copy(
        update={"deployment": service.deployment.model_copy(update={"strategy": "canary"})}
    )
    assert not list(traffic_errors([(_document(tmp_path), changed)], unread={"other"}))


def test_a_declaration_without_the_table_is_right(tmp_path: Path) -> None:
    """Everything in it has a default."""
    service = declared(tmp_path, solo=BASE).get("solo")
    assert not list(deployment_errors(_document(tmp_path), service))


def _document(folder: Path) -> DeclarationFile:
    return DeclarationFile(path=folder / "service.toml", content={}, lines={})
