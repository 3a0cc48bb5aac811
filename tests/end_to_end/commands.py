"""Runs `myelin` in processes of its own that need not import it: each is forked from one that has.

A command is what it is for its users: one process with its own session, folder, environment and files for
stdout and stderr. Only what every start does before `cli.entry` is left out; signals and bad starts are tried
on the installed command itself.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.end_to_end.preloaded"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and all that it wrote."""

    code: int
    stdout: str
    stderr: str


def run(
    arguments: Sequence[str], *, root: Path, environment: Mapping[str, str], output: Path, timeout: float
) -> Ended:
    """Run `myelin` in `root` to its end; what it writes goes through files in `output`.

    Raises TimeoutError, and kills it, when it does not end in time.
    """
    stdout, stderr = output / "stdout", output / "stderr"
    process: ForkServerProcess = _CONTEXT.Process(
        target=_become, args=(tuple(arguments), root, dict(environment), stdout, stderr)
    )
    process.start()
    try:
        process.join(timeout)
        if process.exitcode is None:
            raise TimeoutError(f"myelin {' '.join(arguments)} ran for more than {timeout:g} s")
    finally:
        if process.exitcode is None:
            process.kill()
            process.join()
    return Ended(code=process.exitcode, stdout=_text(stdout), stderr=_text(stderr))


def _become(
    arguments: Sequence[str], root: Path, environment: Mapping[str, str], stdout: Path, stderr: Path
) -> None:
    """Be the command, from its first line on; never returns."""
    os.setsid()
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, stdout, written), (2, stderr, written)):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is open already
    sys.argv = ["myelin", *arguments]
    from cli.entry import main  # noqa: PLC0415 - as the installed command does

    main()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
