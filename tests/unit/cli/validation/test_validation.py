"""A whole project looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.project import Project
from cli.validation import validation
from cli.validation.mistake import Unchecked
from cli.validation.validation import validate_project
from tests.support.recording.project_copy import copy_sources


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
