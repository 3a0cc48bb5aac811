"""What the shared options have the shell complete, and how a hint repeats them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.options import complete_environments, env_flag
from tests.support.paths import ROOT


def test_environments_are_completed_from_the_stack_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the project that the shell is in; outside of one nothing is said."""
    monkeypatch.chdir(ROOT / "services")
    assert complete_environments("") == ["dev", "prod", "sandbox", "staging"]
    assert complete_environments("d") == ["dev"]
    monkeypatch.chdir(tmp_path)
    assert complete_environments("") == []


def test_default_environment_needs_no_flag() -> None:
    """A command that is proposed says the environment only where it is another."""
    assert env_flag("sandbox") == ""
    assert env_flag("dev") == " --env dev"
