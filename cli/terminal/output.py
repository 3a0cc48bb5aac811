"""Writes what a command has to say: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from cli.errors import ConfirmationNeededError, ExplainedFailure, NotConfirmedError, explain
from cli.exit_codes import ExitCode


def say(text: str = "") -> None:
    """Write a line of the result to stdout."""
    typer.echo(text)


def note(text: str) -> None:
    """Write a line about the work to stderr."""
    typer.echo(text, err=True)


def print_json(document: Any) -> None:
    """Write the one JSON document of a `--json` run to stdout."""
    typer.echo(json.dumps(document, indent=2, default=str))


def confirm(what: str, *, yes: bool) -> None:
    """Ask before something that exists is deleted.

    `what` completes "this will ...". Raises ConfirmationNeededError without a terminal, NotConfirmedError
    on a no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfirmationNeededError(f"this would {what}")
    if not typer.confirm(f"This will {what}. Go ahead?", err=True):
        raise NotConfirmedError


@contextmanager
def reported(*, as_json: bool = False) -> Iterator[None]:
    """Turn any failure inside into one message and the right exit code, never a traceback."""
    try:
        with _interrupts_raised():
            yield
    except (typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:
        # whoever read the output, such as `head`, has seen enough; what is left to flush goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FAILED) from None
    except BaseException as error:  # noqa: BLE001 - an interrupt is reported like any failure
        _fail(error, as_json=as_json)


@contextmanager
def _interrupts_raised() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt, so that what was begun is put in order; see cli/entry.py."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _fail(error: BaseException, *, as_json: bool) -> NoReturn:
    explanation = explain(error)
    if explanation is None:
        if not isinstance(error, Exception) or _debugging():
            raise error
        explanation = ExplainedFailure(
            code=ExitCode.FAILED,
            message=f"unexpected {type(error).__name__}: {error}",
            hint="run again with MYELIN_DEBUG=1 for the trace",
        )
    elif _debugging():
        raise error
    if as_json:
        print_json(explanation.document())
    show(explanation)
    raise typer.Exit(explanation.code) from error


def show(explanation: ExplainedFailure) -> None:
    """Write a failure to stderr: where and what, then what to do."""
    where = (
        f"{explanation.where}: " if explanation.where and explanation.where not in explanation.message else ""
    )
    typer.secho("error: ", fg="red", bold=True, err=True, nl=False)
    note(f"{where}{explanation.message}")
    if explanation.hint:
        typer.secho("hint:  ", fg="cyan", err=True, nl=False)
        note(explanation.hint)


def _debugging() -> bool:
    return bool(os.environ.get("MYELIN_DEBUG"))
