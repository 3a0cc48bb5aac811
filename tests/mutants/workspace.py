"""A copy of the project that mutmut works in: one for each area, kept, so that a stopped run goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.mutants.areas import Area
from tests.support.paths import ROOT

FOLDER = ROOT / ".myelin" / "mutants"
_LEFT_OUT = ("docs/", "tests/end_to_end/", "tests/benchmarks/", "tests/world/")
_PACKAGES = ("cli", "components", "lambdas", "policies", "sandbox", "services", "stacks", "Pulumi.yaml")
_NO_RESULT = (0, 33)
"""How mutmut marks a change that no test failed for, and one that no test comes to."""


def prepare(area: Area) -> Path:
    """Bring the area's copy up to date, and forget what survived there, so that it is tried again."""
    copy = FOLDER / area.folder.replace("/", ".")
    copy.mkdir(parents=True, exist_ok=True)
    _copy_project(copy)
    _configure(copy, area)
    for results in sorted((copy / "mutants").rglob("*.py.meta")):
        found = json.loads(results.read_text(encoding="utf-8"))
        codes = found["exit_code_by_key"]
        found["exit_code_by_key"] = {key: None if code in _NO_RESULT else code for key, code in codes.items()}
        results.write_text(json.dumps(found), encoding="utf-8")
    # which tests come to which function is found out anew: tests may have been added
    (copy / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    return copy


def run(copy: Path) -> int:
    """Run mutmut there, one change at a time; its exit code. Its output is in `run.log`."""
    with (copy / "run.log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
        return subprocess.run(command, cwd=copy, stdout=log, stderr=subprocess.STDOUT, check=False).returncode


def _copy_project(copy: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\0"):
        source, target = ROOT / name, copy / name
        if not name or name.startswith(_LEFT_OUT) or not source.is_file():
            continue
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def _configure(copy: Path, area: Area) -> None:
    settings = {
        "source_paths": area.sources(ROOT),
        "also_copy": _PACKAGES,
        "pytest_add_cli_args_test_selection": area.selected_tests(),
        "pytest_add_cli_args": ("-n0", "-p", "no:cacheprovider"),
    }
    path = copy / "pyproject.toml"
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    path.write_text(f"{text}\n[tool.mutmut]\n{_toml(settings.items())}", encoding="utf-8")


def _toml(settings: Iterable[tuple[str, Iterable[str]]]) -> str:
    return "".join(f"{key} = {json.dumps(list(values))}\n" for key, values in settings)
