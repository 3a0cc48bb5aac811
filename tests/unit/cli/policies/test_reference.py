"""The policy set that a person means."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.policies.admin_client import PolicyAdmin
from cli.policies.reference import read_named_set, read_project_set
from cli.session import Session
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import fake_world, outputs_with
from tests.support.worlds.sessions import use_world


def test_folder_is_read_and_a_version_asked_for(
    admin: PolicyAdmin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without a world; `current` and digits from the environment's admin function."""
    opened = use_world(
        monkeypatch,
        lambda session: fake_world(tmp_path, session.environment, recorded=outputs_with(admin._url)),
    )
    session = Session(directory=ROOT)
    rules = ROOT / "policies" / "calls" / "rules"
    folder = read_named_set(session, str(rules))
    assert (folder.label, opened) == (str(rules), [])
    assert folder.rehearsal.version == read_project_set(session.project).rehearsal.version
    current = admin.version().version
    for name in ("current", current[:8]):
        found = read_named_set(session, name)
        assert (found.label, found.rehearsal.version) == (current, current)
    assert opened == ["sandbox"]


def test_neither_folder_nor_version(tmp_path: Path) -> None:
    """Is refused without asking anybody."""
    with pytest.raises(UsageError, match="`nowhere` is neither a folder nor a published version"):
        read_named_set(Session(directory=tmp_path), "nowhere")
