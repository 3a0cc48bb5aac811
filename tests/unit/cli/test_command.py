"""The options that commands share, and the session that they become."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.command import command
from cli.errors import UsageError
from cli.session import Session

Run = Callable[..., Result]
SESSIONS: list[tuple[Session, str, int]] = []


def work(
    session: Session,
    what: Annotated[str, typer.Argument(metavar="WHAT")],
    *,
    times: Annotated[int, typer.Option(help="How often.")] = 1,
) -> None:
    """Do it.

    And say so.
    """
    if what == "nothing":
        raise UsageError("there is nothing to do", hint="name something")
    SESSIONS.append((session, what, times))


def run(*arguments: str, **shared: Any) -> Result:
    """The command with these shared options, run."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(command(**shared)(work))
    return CliRunner().invoke(app, arguments)


def session(*arguments: str, **shared: Any) -> Session:
    """The session that the command was given."""
    ran = run("it", *arguments, **shared)
    assert ran.exit_code == 0, ran.output
    return SESSIONS.pop()[0]


def test_every_command_has_a_project_and_json(tmp_path: Path) -> None:
    """Nothing else is shared unless the command asks for it."""
    assert session() == Session()
    assert session("--project", str(tmp_path), "--json") == Session(directory=tmp_path, as_json=True)
    for option in ("--yes", "--dry-run", "--env", "--as"):
        assert run("it", option, "x").exit_code == 2


def test_options_that_a_command_asks_for() -> None:
    """Each is in the session."""
    assert session("--yes", yes=True) == session("-y", yes=True) == Session(yes=True)
    assert session("--dry-run", dry_run="Only count.") == Session(dry_run=True)
    assert session("--as", "ada", acts=True) == Session(acting_as="ada")
    assert session("dev", environment="argument").named_environment == "dev"
    assert session("--env", "dev", environment="argument").named_environment == "dev"
    assert session("-e", "dev", environment="option").named_environment == "dev"
    assert run("it", "dev", environment="option").exit_code == 2


def test_own_options_stay_the_commands_own() -> None:
    """They come by keyword, beside the session."""
    assert run("it", "--times", "3").exit_code == 0
    assert SESSIONS.pop()[1:] == ("it", 3)


def test_help_has_the_docstring_and_the_own_options_first() -> None:
    """What a dry run does, the command says itself."""
    shown = run("--help", environment="argument", yes=True, dry_run="Only count.").stdout
    assert "Do it.\n\n  And say so." in shown
    options = [line.split()[0] for line in shown.split("Options:")[1].splitlines() if line.startswith("  -")]
    assert options == ["--times", "--dry-run", "-y,", "-e,", "--project", "--json", "--help"]
    assert "--dry-run      Only count." in shown
    arguments = shown.split("Arguments:")[1].split("Options:")[0]
    assert [line.split()[0] for line in arguments.splitlines() if line.startswith("  ")][:2] == [
        "WHAT",
        "ENV",
    ]


def test_failure_is_reported() -> None:
    """In words on stderr with its exit code, and as the document of --json."""
    ran = run("nothing")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "error: there is nothing to do\nhint:  name something\n"
    assert '"message": "there is nothing to do"' in run("nothing", "--json").stdout


def test_two_environments_are_refused() -> None:
    """As a failure like any other: before the command begins."""
    ran = run("it", "dev", "--env", "sandbox", environment="argument")
    assert ran.exit_code == 2
    assert ran.stderr.startswith("error: two environments are given, `dev` and `--env sandbox`\n")
    assert SESSIONS == []


def test_command_is_still_its_function() -> None:
    """Name, module and docstring are those of the function, for the table and its tests."""
    made = command()(work)
    assert (made.__name__, made.__module__, made.__doc__) == (work.__name__, work.__module__, work.__doc__)
    assert list(inspect.signature(made).parameters) == ["what", "times", "project", "as_json"]


def test_project_is_looked_for_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that needs none works anywhere; one that does is told where it was looked for."""
    monkeypatch.chdir(tmp_path)
    found = session()
    with pytest.raises(UsageError, match=r"no `Pulumi.yaml` in"):
        found.project  # noqa: B018 - looking is what raises
