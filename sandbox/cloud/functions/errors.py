"""Errors that keep a function from being run."""

from __future__ import annotations

from sandbox.errors import SandboxError


class FunctionsError(SandboxError):
    """Root of the executor's own failures; those of the code that it runs are results."""


class ThrottledError(FunctionsError):
    """All processes that the function may have are busy; Lambda answers 429 TooManyRequestsException."""

    def __init__(self, name: str, limit: int) -> None:
        """Name the function and its limit."""
        super().__init__(
            f"function `{name}` runs {limit} times already, as often as it may",
            hint="raise its reserved concurrency, or call it less often at once",
        )
        self.name = name
        self.limit = limit


class FunctionArchiveError(FunctionsError):
    """The code archive cannot be unpacked."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the function and what is wrong."""
        super().__init__(
            f"the code of function `{name}` cannot be unpacked: {reason}",
            hint="the archive must be a zip file with the handler's module at its root",
        )
        self.name = name


class PackagesError(FunctionsError):
    """Packages of an archive were built for another machine, and cannot be installed for this one."""

    def __init__(self, name: str, *, packages: tuple[str, ...], machine: str, reason: str) -> None:
        """Name the function, the packages, the machine that they are wanted for, and what uv said."""
        super().__init__(
            f"function `{name}` has {', '.join(packages)} for another machine, and the same versions cannot "
            f"be installed for this one ({machine}): {reason}",
            hint="try again where the package index can be reached: once is enough, they are kept",
        )
        self.name = name
        self.packages = packages


class ProcessGoneError(FunctionsError):
    """A process ended before it took an event; another process can take it."""

    def __init__(self, name: str) -> None:
        """Name the function."""
        super().__init__(f"a process of function `{name}` has ended", hint="the next call starts a new one")
        self.name = name
