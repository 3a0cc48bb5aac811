"""The options of `myelin policy`: all are used, and those that exclude each other are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from cli.commands import COMMANDS as TABLE
from cli.commands.policy import (
    activate,
    collect,
    delete,
    diff,
    discard,
    drafts,
    explain,
    history,
    publish,
    put,
    replay,
    rollback,
    show,
    test,
    validate,
)
from cli.commands.policy.list import list_policies
from cli.commands.policy.options import check_draft_id
from cli.errors import UsageError
from cli.main import app
from tests.support.commands import unused_options

COMMANDS = (
    activate.activate,
    collect.collect,
    delete.delete,
    diff.diff,
    discard.discard,
    drafts.drafts,
    explain.explain,
    history.history,
    list_policies,
    publish.publish,
    put.put,
    replay.replay,
    rollback.rollback,
    show.show,
    test.ask_cases,
    validate.validate,
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_option_is_used(command: Callable[..., None]) -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(command) == set()


def test_all_commands_are_looked_at() -> None:
    """These are those of the table."""
    found = {f"{command.__module__}:{command.__name__}" for command in COMMANDS}
    assert found == {entry.target for words, entry in TABLE.items() if words.startswith("policy ")}


def test_a_log_file_has_no_other_beginning() -> None:
    """`replay --log` reads a whole file, so `--since` would have no effect."""
    refused = CliRunner().invoke(app, ["policy", "replay", "--log", __file__, "--since", "7d"])
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: `--log` and `--since` exclude each other\n")


def test_draft_is_named_by_its_id() -> None:
    """Anything else never comes into the path of a request."""
    assert check_draft_id("7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10").startswith("7d1f0c9e")
    for text in ("", "latest", "../policies/no-erase", "7D1F0C9E-2B7A-4C55-9F60-0B6F6F6F2A10"):
        with pytest.raises(UsageError, match="is not the id of a draft"):
            check_draft_id(text)
