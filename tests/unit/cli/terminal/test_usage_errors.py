"""What the option parser refuses, with and without --json."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app
from cli.terminal.usage import ReportingGroup


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["up", "--nope"], "no such option: --nope", "see `myelin up --help`"),
        (["policy", "put"], "missing argument 'FILE'", "see `myelin policy put --help`"),
        (["policy", "explain", "orbit"], "missing argument 'INTENT'", "see `myelin policy explain --help`"),
        (["frob"], "no such command 'frob'", "see `myelin --help`"),
        (["policy", "frob"], "no such command 'frob'", "see `myelin policy --help`"),
        (["--frob"], "no such option: --frob", "see `myelin --help`"),
        (["up", "sandbox", "dev"], "got unexpected extra argument(s) (dev)", "see `myelin up --help`"),
    ],
)
def test_a_usage_error_is_a_document_too(arguments: list[str], message: str, hint: str) -> None:
    """With --json stdout has one document, exit code 2 as ever, and stderr the same words for people."""
    shown = CliRunner().invoke(app, [*arguments, "--json"])
    assert shown.exit_code == 2
    assert json.loads(shown.stdout) == {"error": {"message": message, "hint": hint, "exit_code": 2}}
    assert message.removesuffix("'FILE'").lower() in shown.stderr.lower()
    plain = CliRunner().invoke(app, arguments)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert plain.stderr == shown.stderr


def test_the_whole_command_line_reports_usage_errors() -> None:
    """Whatever group a command is in, its errors go through the outermost."""
    assert isinstance(typer.main.get_command(app), ReportingGroup)


def test_help_stays_help() -> None:
    """A group without a command shows its help, which is no document."""
    shown = CliRunner().invoke(app, ["policy"])
    assert "Usage: myelin policy" in shown.output
    assert "{" not in shown.stdout.split("Usage:")[0]
