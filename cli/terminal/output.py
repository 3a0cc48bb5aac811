"""Writes what a command has to say: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, TextIO

import typer

from cli.errors import ExplainedFailure, explain
from cli.exit_codes import ExitCode
from cli.terminal.styling import shown, style
from cli.terminal.wrapping import wrap


class OutputClosedError(BrokenPipeError):
    """The reader of the output, such as `head`, has seen enough."""


_goes_on: ContextVar[bool] = ContextVar("goes_on", default=False)
"""Whether the command ends as what it does ends, and not when nobody reads its result any more."""


def say(text: str = "") -> None:
    """Write a line of the result to stdout; on a terminal it breaks between words.

    What a terminal would act on is shown as escapes, but for colours of `style`; so it is by `note`.
    """
    _write(_fit_to_terminal(shown(text), err=False))


def note(text: str) -> None:
    """Write a line about the work to stderr; on a terminal it breaks between words.

    Once nobody reads it any more, it is written nowhere: no work ends because of that.
    """
    _write(_fit_to_terminal(shown(text), err=True), err=True)


def print_verbatim(text: str) -> None:
    """Write text to stdout whose line breaks are its own, such as a file's.

    Only on a terminal is anything of it shown as escapes: elsewhere it is the file.
    """
    _write((shown(text) if sys.stdout.isatty() else text).removesuffix("\n"), verbatim=True)


def print_json(document: Any) -> None:
    """Write the one JSON document of a `--json` run to stdout."""
    print_verbatim(json.dumps(document, indent=2, default=str))


def dumb_terminal() -> bool:
    """Whether the terminal understands no escape sequences."""
    return os.environ.get("TERM") == "dumb"


@contextmanager
def reported(*, as_json: bool = False, goes_on: bool = False) -> Iterator[None]:
    """Turn any failure inside into one message and the right exit code, never a traceback.

    With `goes_on`, for a command that changes something, a closed output ends nothing: `myelin up | head`
    deploys to the end, and exits as the deployment does.
    """
    before = _goes_on.set(goes_on)
    try:
        with _interrupts_raised():
            yield
    except typer.Exit:
        raise
    except OutputClosedError:
        end_without_reader()
    except BaseException as error:  # noqa: BLE001 - an interrupt is reported like any failure
        _fail(error, as_json=as_json)
    finally:
        _goes_on.reset(before)


def end_without_reader() -> NoReturn:
    """Exit as a process does that a closed pipe ends; what is left to flush goes nowhere."""
    for stream in (sys.stdout, sys.stderr):
        _lead_nowhere(stream)
    raise typer.Exit(ExitCode.OUTPUT_CLOSED)


def _lead_nowhere(stream: TextIO) -> None:
    """Have a stream that is closed on the other side take everything, also what it flushes at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def show_failure(explanation: ExplainedFailure) -> None:
    """Write a failure to stderr: where and what, then what to do."""
    where = (
        f"{explanation.where}: " if explanation.where and explanation.where not in explanation.message else ""
    )
    note(f"{style('error:', fg='red', bold=True)} {where}{explanation.message}")
    if explanation.hint:
        note(f"{style('hint:', fg='cyan')}  {explanation.hint}")


def _write(text: str, *, err: bool = False, verbatim: bool = False) -> None:
    """Write text and a line break; colours only where they are wanted. Raises OutputClosedError."""
    try:
        typer.echo(text, err=err, color=True if verbatim else None if _colored() else False)
    except BrokenPipeError as error:
        if not err and not _goes_on.get():
            raise OutputClosedError from error
        _lead_nowhere(sys.stderr if err else sys.stdout)


def _colored() -> bool:
    """Whether colours are wanted (https://no-color.org) and understood."""
    return not os.environ.get("NO_COLOR") and not dumb_terminal()


def _fit_to_terminal(text: str, *, err: bool) -> str:
    """A text as it fits where it is written to: anything but a terminal has room for every line."""
    stream = sys.stderr if err else sys.stdout
    try:
        width = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except OSError:
        width = 0
    return "\n".join(wrap(text, width)) if width else text


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
    try:
        if as_json:
            print_json(explanation.document())
        show_failure(explanation)
    except OutputClosedError:
        end_without_reader()
    raise typer.Exit(explanation.code) from error


def _debugging() -> bool:
    return bool(os.environ.get("MYELIN_DEBUG"))
