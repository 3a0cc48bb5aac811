"""A whole project looked at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.project import Project
from cli.validation import validation
from cli.validation.mistake import Unchecked
from cli.validation.settings import CheckedSettings
from cli.validation.validation import validate_project
from tests.support.recording.declarations import INTENT, minimal
from tests.support.recording.project_copy import copy_sources


def test_a_network_that_aws_does_not_take_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for all environments, before anything is deployed, with the way out."""
    root = copy_sources(tmp_path / "project")
    for number in range(30):
        folder = root / "services" / f"s{number:02}"
        folder.mkdir()
        calls = (f"s{(number + 1) % 30:02}",)
        text = minimal(folder.name, 9000 + 2 * number, tier="isolated", calls=calls)
        (folder / "service.toml").write_text(text + INTENT)
    monkeypatch.setattr(validation, "_handlers", lambda *_: iter([]))
    monkeypatch.setattr(validation, "inspect_files", lambda *_: SimpleNamespace(faults=()))
    monkeypatch.setattr(
        validation, "check_settings", lambda *_: CheckedSettings(environments=("dev", "sandbox"))
    )
    [mistake] = validate_project(Project(root=root, sandbox=root / ".myelin")).mistakes
    assert mistake.message.startswith("the network ACL of the isolated tier needs ")
    assert "neighbouring ports" in mistake.hint


def test_a_call_that_goes_nowhere_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of an intent that is not offered is one mistake, with its line, in whatever order things are
    read; policies are then not checked, and that is said. GOV-1
    """
    monkeypatch.setattr(validation, "check_handlers", lambda *_: iter([]))
    root = copy_sources(tmp_path / "project")
    orbit = root / "services" / "orbit" / "service.toml"
    text = orbit.read_text(encoding="utf-8").replace('intent = "reason"', 'intent = "raeson"')
    orbit.write_text(text, encoding="utf-8")
    found = validate_project(Project(root=root, sandbox=root / ".myelin"))
    [mistake] = found.mistakes
    assert (mistake.message, mistake.hint) == (
        "`axon` does not offer the intent `raeson`",
        "did you mean `reason`",
    )
    assert mistake.path == orbit
    assert text.splitlines()[(mistake.line or 0) - 1] == 'intent = "raeson"'
    assert found.unchecked == (
        Unchecked(
            subject="policies", reason="they are checked together with the declared calls, correct those"
        ),
    )
