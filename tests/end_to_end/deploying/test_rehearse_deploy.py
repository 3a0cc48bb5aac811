"""`make rehearse-deploy` goes the deploy workflow's way, and leaves the sandbox up."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy
from tests.support.paths import ROOT

pytestmark = [pytest.mark.sandbox]


def test_the_way_is_gone_to_its_end(project: ProjectCopy) -> None:
    """Every step succeeds on a copy of the project; then the services run."""
    target = (ROOT / "Makefile").read_text(encoding="utf-8").partition("rehearse-deploy: $(READY)")[2]
    steps = [line.strip() for line in target.splitlines()[1:]]
    for step in steps[: steps.index("")]:
        command, *words = step.split()
        assert command == "$(BIN)/myelin"
        ran = project.myelin(*words, json=False, check=False)
        assert ran.code == 0, (step, ran.stderr)
    assert project.myelin("status", ENVIRONMENT).document["problems"] == []


def test_the_target_needs_no_terminal() -> None:
    """A dry run of make shows the steps, and no question among them."""
    shown = subprocess.run(
        ["make", "--dry-run", "rehearse-deploy"],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ".venv/bin/myelin up --yes" in shown.stdout
