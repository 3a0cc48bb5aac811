"""The exit codes of every command; documented in docs/cli.md."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit says to a script."""

    OK = 0
    FAILED = 1
    USAGE = 2
    """Bad input: a flag, a declaration, a setting, a policy. Nothing was changed."""
    FINDINGS = 3
    """Changes or findings, and only with `--exit-code`."""
    CREDENTIALS = 4
    DENIED = 5
    """Governance said no."""
    ROLLED_BACK = 6
    LOCKED = 7
    TIMED_OUT = 8
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    """The reader of the output went away: what a shell shows of a program that SIGPIPE ended."""
