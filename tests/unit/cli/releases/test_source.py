"""Where a release's files come from: the commit, whether they are as it has them, and the program's code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.releases.source import SourceCommit, hash_program, read_commit


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    ran = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.strip()


def test_the_commit_and_whether_it_is_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is new or changed makes it unclean; variables of hooks do not mislead it."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "one")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    found = read_commit(tmp_path)
    monkeypatch.delenv("GIT_DIR")
    assert found == SourceCommit(commit=git(tmp_path, "rev-parse", "HEAD"), clean=True)
    (tmp_path / "b").write_text("2")
    assert read_commit(tmp_path).clean is False


def test_no_repository_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a repository without a commit, or a machine without Git."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert read_commit(tmp_path / "nothing") == SourceCommit()
    git(tmp_path, "init", "-q")
    assert read_commit(tmp_path) == SourceCommit()
    monkeypatch.setenv("PATH", "")
    assert read_commit(tmp_path) == SourceCommit()


def test_the_program_has_one_hash() -> None:
    """The same code gives the same, wherever it is read from."""
    assert hash_program() == hash_program()
    assert len(hash_program()) == 64
