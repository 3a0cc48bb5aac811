"""The command `myelin-check`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from ..scanning.checkov_runner import load
from .errors import OptionError
from .finish import finish
from .options import (
    BaselineOption,
    CheckOption,
    ConfigOption,
    ConventionsOption,
    ExitCodeOption,
    ExportOption,
    FailOnOption,
    JsonOption,
    OutputOption,
    PreviewOption,
    ProgramOption,
    RulesOption,
    ShowOption,
    SkipCheckOption,
    WriteBaselineOption,
)
from .outputs import Format, parse_outputs
from .run import check as run_checks
from .settings import Given, settle_settings
from .targets import from_documents

DEBUG = "MYELIN_DEBUG"
_FAILED, _USAGE = 1, 2


def check(
    *,
    preview: PreviewOption = None,
    export: ExportOption = None,
    program: ProgramOption = None,
    check: CheckOption = None,
    skip_check: SkipCheckOption = None,
    rules: RulesOption = None,
    exit_code: ExitCodeOption = None,
    fail_on: FailOnOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
    show: ShowOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    conventions: ConventionsOption = None,
    config: ConfigOption = None,
) -> None:
    """Check what Pulumi wrote about a stack: every AWS resource, by checkov and by rules of its own.

    It needs no AWS, no token and no network, and judges whatever program made the file. Each finding names
    the resource, its component, and the line of the program. What is not known yet is not decided, and said
    to be.

    Exit codes: 0 done, 1 the check itself failed, 2 a file or an option cannot be read, and with --exit-code
    or --fail-on 3 for something to mend.

    Examples:

        pulumi preview --json --show-sames > preview.json; myelin-check --preview preview.json

        pulumi stack export | myelin-check --export - --exit-code --output sarif=check.sarif
    """
    folder = (program or Path.cwd()).resolve()
    given = Given(
        check=check or (),
        skip_check=skip_check or (),
        fail_on=fail_on or (),
        output=[*(output or ()), *(["json"] if as_json else ())],
        rules=rules or (),
        exit_code=exit_code,
        conventions=conventions,
        baseline=baseline,
        show=show,
    )
    settings = settle_settings(given, config, folder)
    outputs = parse_outputs(settings.outputs)
    if not preview and not export:
        raise OptionError("there is nothing to check", hint="give --preview FILE or --export FILE")
    report = run_checks(
        lambda: from_documents(
            preview or (), export or (), program=program, conventions=settings.conventions
        ),
        load,
        baseline=settings.baseline,
        today=datetime.now(UTC).date(),
        selection=settings.selection,
        rule_files=settings.rules,
    )
    code = finish(
        report, outputs, settings, program=folder, new_baseline=write_baseline, write=_write, note=_note
    )
    raise typer.Exit(code)


def _write(_form: Format, text: str) -> None:
    typer.echo(text, nl=False)


def _note(text: str) -> None:
    typer.echo(text, err=True)


app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(check)


def main() -> None:
    """Run the command; every failure is a message with what to do, and never a trace."""
    try:
        app()
    except BrokenPipeError:
        # whatever read the output has seen enough; what is left to flush goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_FAILED)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        sys.exit(explain(error))


def explain(error: Exception) -> int:
    """Tell a failure on stderr, and give its exit code."""
    foreseen = hasattr(error, "message")
    message = str(error) if foreseen else f"unexpected {type(error).__name__}: {error}"
    hint = getattr(error, "hint", "") if foreseen else f"run again with {DEBUG}=1 for the trace"
    _note(f"error: {message}")
    if hint:
        _note(f"hint:  {hint}")
    return _USAGE if getattr(error, "bad_input", False) else _FAILED
