"""The table `[deployment]` as values. DEL-4."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations.deployment import (
    DeploymentDeclaration,
    DeploymentStrategy,
    Pause,
    misplaced_keys,
)
from tests.support.recording.declarations import declared, minimal

WHOLE = """
[deployment]
strategy = "canary"
percent = 12.5
step_minutes = 3
bake_minutes = 7
pause = "each_step"
pause_minutes = 60
smoke = ["/health", "/openapi.json"]

[ingress]
paths = ["/ask"]
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    """DEL-4: what is declared is what there is."""
    service = declared(tmp_path, solo=minimal("solo", 9000, more=WHOLE)).get("solo")
    assert service.deployment == DeploymentDeclaration(
        strategy=DeploymentStrategy.CANARY,
        percent=12.5,
        step_minutes=3,
        bake_minutes=7,
        pause=Pause.EACH_STEP,
        pause_minutes=60,
        smoke=("/health", "/openapi.json"),
    )
    assert service.smoke_paths == ("/health", "/openapi.json")
    assert not service.is_smoked_by_task


def test_nothing_declared_leaves_it_to_the_environment(tmp_path: Path) -> None:
    """The smoke test then asks for the health path."""
    service = declared(tmp_path, solo=minimal("solo", 9000)).get("solo")
    assert service.deployment == DeploymentDeclaration()
    assert (service.deployment.strategy, service.deployment.shifts) == (None, False)
    assert service.smoke_paths == ("/health",)


@pytest.mark.parametrize(
    ("strategy", "shifts", "steps"),
    [
        (DeploymentStrategy.ROLLING, False, False),
        (DeploymentStrategy.BLUE_GREEN, True, False),
        (DeploymentStrategy.CANARY, True, True),
        (DeploymentStrategy.LINEAR, True, True),
    ],
)
def test_what_a_strategy_does(strategy: DeploymentStrategy, shifts: bool, steps: bool) -> None:
    """All but rolling keep two sets of tasks; canary and linear shift in steps."""
    assert (strategy.shifts, strategy.steps) == (shifts, steps)


@pytest.mark.parametrize("percent", [0.1, 3.0, 33.3, 99.9, 100.0])
def test_tenths_of_a_percent_are_taken(percent: float) -> None:
    """As ECS counts: a float that is a tenth but for its last bit is one."""
    assert not list(
        misplaced_keys(DeploymentDeclaration(strategy=DeploymentStrategy.CANARY, percent=percent))
    )
