"""`myelin release rollback` to its end. DEL-3, DEL-4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.worlds.deploying import releases_in, two_releases
from tests.support.worlds.release_commands import read_document, release_runner

__all__ = ["_aws_settings", "dynamodb", "policy_table"]


def test_a_rollback_is_a_release(tmp_path: Path, dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which, and that the environment is held; where nothing is to be done, it is none.

    Without a ledger there is no way back: exit code 1.
    """
    with two_releases(tmp_path, dynamodb) as line:
        run = release_runner(line, monkeypatch)
        ran = run("rollback", "--to", "1", "--yes")
        assert ran.exit_code == 0, ran.stderr
        said = "rolled back to release 1, as release 3; held there until `up --new-release`\n"
        assert ran.stdout.startswith(said)
        assert releases_in(dynamodb)[2].start.back_to == 1
        assert read_document(run("rollback", "--to", "1", "--yes", "--json"))["release"] is None
        dynamodb.delete_table(TableName="releases")
        ran = run("rollback")
        assert ran.exit_code == 1
        assert "the table of releases `releases` is gone" in ran.stderr
