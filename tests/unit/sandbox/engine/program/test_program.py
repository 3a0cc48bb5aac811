"""A program as a value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.engine.program.program import Program


def test_a_program_has_the_folder_that_it_is_named_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without more it runs in the current folder and has no settings."""
    monkeypatch.chdir(tmp_path)
    program = Program(project="p", stack="dev", main=lambda: None)
    assert (program.root, program.config) == (tmp_path, {})


def test_naming_a_program_waits_for_no_sdk() -> None:
    """The value's module imports neither Pulumi nor grpc."""
    code = "import sys, sandbox.engine.program.program; print({'pulumi', 'grpc'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
