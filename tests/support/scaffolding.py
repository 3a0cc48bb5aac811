"""New services to write the code of, and what that code has to be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from cli.scaffolding.changes import FileChange
from cli.scaffolding.service_request import NewCall, NewService
from tests.support.paths import ROOT

LONG = "a" * 64
SERVICES = [
    NewService(name="payments", intents=("credit",)),
    NewService(name="zeta", intents=("credit",)),
    NewService(
        name="a" * 20,
        intents=(LONG, "class", "a-b", "a_b", "b" * 41, "b" * 42),
        calls=(NewCall(service="b" * 20, intent=LONG), NewCall(service="c", intent="list")),
    ),
    NewService(name="paths", intents=("credit",), calls=(NewCall(service="c", intent="list"),)),
]


def assert_clean(root: Path, changes: Iterable[FileChange]) -> None:
    """Written below `root`, the code passes the linter with the project's rules, and is formatted."""
    for change in changes:
        path = root / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change.text, encoding="utf-8")
    # the linter tells own packages from others by what is there
    runtime = root / "services" / "runtime"
    runtime.mkdir()
    for module in ("__init__", "testing"):
        (runtime / f"{module}.py").write_text('"""There."""\n', encoding="utf-8")
    config = ("--config", str(ROOT / "pyproject.toml"))
    for check in (["check", "--ignore=S101", *config], ["format", "--check", *config]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", "."],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
