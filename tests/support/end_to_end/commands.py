"""Runs `myelin` in processes of its own that need not import it: each is forked from one that has.

A command is what it is for its users: one process with its own session, folder, environment, stdout and
stderr, that takes signals. Only what every start does before `cli.entry` is left out; bad starts are tried on
the installed command itself.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

STDOUT = "stdout"

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.end_to_end.preloaded"])


class Command:
    """A command that runs; used like `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], *, root: Path, environment: Mapping[str, str]) -> None:
        """Start `myelin` with these arguments in `root`."""
        self._output = Path(tempfile.mkdtemp())
        reader, writer = _CONTEXT.Pipe(duplex=False)
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=_become, args=(tuple(arguments), root, dict(environment), self._output / STDOUT, writer)
        )
        self._process.start()
        writer.close()
        self.stderr = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        """What it writes there, as it comes."""
        reader.close()

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Signal it, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by force."""
        self._process.kill()

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait for its end, and give what it wrote and nobody read; it is killed when it takes longer."""
        watch = threading.Timer(timeout, self.kill)
        watch.start()
        try:
            rest = "" if self.stderr.closed else self.stderr.read()
            self._process.join()
        finally:
            watch.cancel()
        self.stderr.close()
        stdout = self._output / STDOUT
        written = stdout.read_text(encoding="utf-8") if stdout.exists() else ""
        shutil.rmtree(self._output, ignore_errors=True)
        return written, rest


def _become(
    arguments: Sequence[str], root: Path, environment: Mapping[str, str], stdout: Path, stderr: Connection
) -> None:
    """Be the command, from its first line on; never returns."""
    os.setsid()
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, stdout, os.O_WRONLY | os.O_CREAT)):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(stderr.fileno(), 2)
    stderr.close()
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is open already
    sys.argv = ["myelin", *arguments]
    from cli.entry import main  # noqa: PLC0415 - as the installed command does

    main()
