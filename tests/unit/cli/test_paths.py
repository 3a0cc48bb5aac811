"""Paths in messages, as they are reached from the working folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError, explain
from cli.paths import shorten_paths


def test_path_is_relative_where_that_is_shorter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the working folder and near it; a path elsewhere stays whole, and so does the folder itself."""
    (tmp_path / "services" / "axon").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "services")
    assert shorten_paths(f"{tmp_path}/services/axon/service.toml:3") == "axon/service.toml:3"
    assert shorten_paths(f"add stack files to `{tmp_path}/stacks`.") == "add stack files to `../stacks`."
    assert shorten_paths("see /etc/hosts, then /v1/a") == "see /etc/hosts, then /v1/a"
    assert shorten_paths(f"no `Pulumi.yaml` in `{tmp_path}/services`") == (
        f"no `Pulumi.yaml` in `{tmp_path}/services`"
    )


def test_what_only_looks_like_a_path_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses, media types and numbers with a slash are no paths; nor is anything in the root folder."""
    for text in ("http://127.0.0.1:39087/dispatch", "application/json", "2/2 healthy", "a / b", "/"):
        assert shorten_paths(text) == text
    monkeypatch.chdir("/")
    assert shorten_paths("`/dispatch` of the root") == "`/dispatch` of the root"


def test_folder_that_is_gone_shortens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell may stand in a folder that was deleted."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert shorten_paths(f"{tmp_path}/a") == f"{tmp_path}/a"


def test_hints_are_shortened_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Message and hint of a failure name paths from here."""
    monkeypatch.chdir(tmp_path)
    found = explain(UsageError(f"nothing in `{tmp_path}/a`", hint=f"look at {tmp_path}/b/c"))
    assert found is not None
    assert (found.message, found.hint) == ("nothing in `a`", "look at b/c")
