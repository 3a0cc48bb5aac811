"""How long `myelin check` of one environment takes beside checkov's own run on the same ready plan, and how
its time grows with the number of resources.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cli.checking.recorded import record_environment, whole
from cli.project import find_project
from policies.resources.terraform.plan import translate
from tests.support.paths import ROOT
from tests.support.resources.corpus.estates import estate
from tests.support.resources.corpus.rendering import PREVIEW, write

ENVIRONMENT = "dev"
FEW, MANY = 50, 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """One pair of runs, as whole processes."""

    check_seconds: float
    checkov_seconds: float

    @property
    def ratio(self) -> float:
        """Our time to checkov's."""
        return self.check_seconds / self.checkov_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The check of a preview with few resources, and of one with a hundred times as many."""

    few_seconds: float
    many_seconds: float

    @property
    def ratio(self) -> float:
        """The time of many to that of few."""
        return self.many_seconds / self.few_seconds


def measure_growth(folder: Path) -> Growth:
    """Check both, one after the other, as whole processes."""
    few, many = (_check_estate(folder, count) for count in (FEW, MANY))
    return Growth(few_seconds=few, many_seconds=many)


def _check_estate(folder: Path, count: int) -> float:
    path = write(folder / f"estate-{count}.json", PREVIEW, estate(count))
    command = [sys.executable, "-m", "policies.resources", "--preview", str(path), "--program", str(folder)]
    return _seconds(command, {0})


def write_plan(path: Path) -> Path:
    """The plan that an environment translates to, as a file ready for checkov."""
    graphs = record_environment(find_project(ROOT), ENVIRONMENT)
    path.write_text(json.dumps(translate(whole(ENVIRONMENT, graphs)).plan), encoding="utf-8")
    return path


def measure_checking(plan: Path) -> Checking:
    """Run both once, one after the other."""
    programs = Path(sys.executable).parent
    alone = [str(programs / "checkov"), "--file", str(plan), "--framework", "terraform_plan"]
    return Checking(
        check_seconds=_seconds([str(programs / "myelin"), "check", ENVIRONMENT, "--project", str(ROOT)], {0}),
        # it exits 1 when it has found something
        checkov_seconds=_seconds([*alone, "--compact", "--quiet", "--skip-download"], {0, 1}),
    )


def _seconds(command: list[str], expected: set[int]) -> float:
    begun = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, check=False)
    taken = time.perf_counter() - begun
    if ran.returncode not in expected:
        raise RuntimeError(ran.stderr.decode())
    return taken
