"""Errors about releases."""

from __future__ import annotations

from cli.errors import CliError, UsageError


class LedgerError(CliError):
    """The ledger could not be asked, or what it holds cannot be read."""


class LedgerMissingError(LedgerError):
    """The table of releases does not exist."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"the table of releases `{table}` is gone, and with it what was released",
            hint="`myelin up` makes it anew; releases count from 1 again",
        )


class LedgerUnreachableError(LedgerError):
    """DynamoDB did not answer, or refused."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(
            f"the table of releases `{table}` cannot be used: {why}",
            hint="look at `myelin status` and `myelin doctor`",
        )


class LedgerCorruptError(LedgerError):
    """A record was altered, or parts of it are missing."""

    def __init__(self, table: str, what: str) -> None:
        super().__init__(
            f"{what} in the table of releases `{table}` is not as it was written",
            hint="the table can be restored to any second of the last 35 days",
        )


class LedgerConflictError(LedgerError):
    """Another command wrote to the same release at the same time."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"another command wrote release {number} at the same time",
            hint="look at `myelin release list`, and run this again",
        )


class UnknownReleaseError(UsageError):
    """There is no release of this number."""

    def __init__(self, number: int, environment: str, newest: int) -> None:
        known = f"there are 1 to {newest}" if newest else "there is none yet"
        super().__init__(
            f"`{environment}` has no release {number}",
            hint=f"{known}; list them with `myelin release list {environment}`",
        )
