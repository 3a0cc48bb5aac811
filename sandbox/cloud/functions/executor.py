"""Runs functions in processes, which are kept for further events."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sandbox.cloud.functions.configuration import DEFAULT_CONCURRENCY, FunctionConfiguration
from sandbox.cloud.functions.errors import ProcessGoneError, ThrottledError
from sandbox.cloud.functions.invocation import Invocation, InvocationResult
from sandbox.cloud.functions.packaging.code import CodeStore, prune
from sandbox.cloud.functions.packaging.packages import Install, MachinePackages, install_locked
from sandbox.cloud.functions.packaging.runtime_folder import runtime_folder
from sandbox.cloud.functions.processes.conversation import invoke_process
from sandbox.cloud.functions.processes.pool import Pool
from sandbox.cloud.functions.processes.process import FunctionProcess
from sandbox.cloud.telemetry.log_sink import LogSink

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Processes tried for one event: one that was found dead has not seen it."""

PACKAGES = "packages"


class CountsInvocations(Protocol):
    """Hears of each invocation."""

    def invoked(self, function: str, *, seconds: float, failed: bool) -> None:
        """One has ended after so long."""
        ...

    def throttled(self, function: str) -> None:
        """One was refused, as too many were under way."""
        ...


class CountsNothing:
    """For whoever wants to know nothing of it."""

    def invoked(self, function: str, *, seconds: float, failed: bool) -> None:
        """Do nothing."""

    def throttled(self, function: str) -> None:
        """Do nothing."""


FetchCredentials = Callable[[FunctionConfiguration], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedFunction:
    """A function's configuration, its code archive, and its reserved concurrency (None: no reservation)."""

    configuration: FunctionConfiguration
    archive: bytes
    reserved_concurrency: int | None = None

    @property
    def limit(self) -> int:
        """How many invocations may run at once; a reservation of 0 switches the function off."""
        return DEFAULT_CONCURRENCY if self.reserved_concurrency is None else self.reserved_concurrency


class FunctionExecutor:
    """Runs all functions of the sandbox. Thread-safe; an invocation blocks its thread."""

    def __init__(
        self,
        directory: Path,
        *,
        sink: LogSink,
        credentials: FetchCredentials,
        supplied: Mapping[str, str],
        install: Install = install_locked,
        metrics: CountsInvocations | None = None,
    ) -> None:
        """`directory` is where code and packages are kept.

        `credentials` gives the environment variables of a function's role, `supplied` are those that every
        process gets in AWS's place; `install` installs packages that an archive has for another machine.
        """
        self._metrics = metrics or CountsNothing()
        self._directory = directory
        self._sink = sink
        self._credentials = credentials
        self._supplied = supplied
        self._code = CodeStore(directory / "code")
        self._packages = MachinePackages(directory / PACKAGES, install)
        self._replaced: dict[str, tuple[str, ...]] = {}
        self._pools: dict[str, Pool] = {}
        self._lock = threading.Lock()
        self._runtime_folder: Path | None = None
        self._warmer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function-warm")

    def prepare(self, name: str, archive: bytes) -> None:
        """Install what an archive needs on this machine, before it is deployed; raises PackagesError."""
        self._packages.prepare(name, archive)

    def invoke(self, deployed: DeployedFunction, invocation: Invocation) -> InvocationResult:
        """Run a function on an event; raises ThrottledError, FunctionArchiveError or PackagesError.

        A failure of the function's code (an exception, a timeout, a crash) is in the result.
        """
        name, started = deployed.configuration.name, time.monotonic()
        try:
            result = self._run(deployed, invocation)
        except ThrottledError:
            self._metrics.throttled(name)
            raise
        self._metrics.invoked(name, seconds=time.monotonic() - started, failed=result.failed)
        return result

    def _run(self, deployed: DeployedFunction, invocation: Invocation) -> InvocationResult:
        pool = self._pool(deployed)
        for _ in range(ATTEMPTS - 1):
            try:
                return self._attempt(pool, deployed, invocation)
            except ProcessGoneError as error:
                log.info("%s", error.message)
        return self._attempt(pool, deployed, invocation)

    def retain(self, deployed: Collection[DeployedFunction]) -> None:
        """Stop the processes of all other configurations, because functions have changed. Returns at once."""
        self._submit(self._retain, tuple(deployed))

    def warm(self, deployed: DeployedFunction) -> None:
        """Start a process ahead of the first invocation, as Lambda may do, too. Returns at once."""
        self._submit(self._warm, deployed)

    def status(self) -> list[dict[str, Any]]:
        """For each function its processes, and the packages that replace those of its archive."""
        with self._lock:
            pools, replaced = sorted(self._pools.items()), dict(self._replaced)
        return [
            {"name": name, "processes": pool.status(), "replaced_packages": list(replaced.get(name, ()))}
            for name, pool in pools
        ]

    def start(self) -> None:
        """Delete code and packages of earlier runs that were not used lately."""
        self._code.prune()
        prune(self._directory / PACKAGES)

    def stop(self) -> None:
        """Stop every process."""
        self._warmer.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            pools = tuple(self._pools.values())
        for pool in pools:
            pool.close()

    def _attempt(self, pool: Pool, deployed: DeployedFunction, invocation: Invocation) -> InvocationResult:
        launch = functools.partial(self._launch, deployed)
        with pool.lend(deployed.configuration, launch, deployed.limit) as process:
            return invoke_process(process, invocation)

    def _submit(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            future = self._warmer.submit(work, *arguments)
        except RuntimeError:
            return  # the sandbox is stopping
        future.add_done_callback(_log_failure)

    def _retain(self, deployed: Collection[DeployedFunction]) -> None:
        with self._lock:
            pools = tuple(self._pools.items())
        for name, pool in pools:
            pool.retain({d.configuration.fingerprint for d in deployed if d.configuration.name == name})

    def _warm(self, deployed: DeployedFunction) -> None:
        self._pool(deployed).warm(deployed.configuration, functools.partial(self._launch, deployed))

    def _pool(self, deployed: DeployedFunction) -> Pool:
        name = deployed.configuration.name
        with self._lock:
            if name not in self._pools:
                self._pools[name] = Pool(name)
            return self._pools[name]

    def _launch(self, deployed: DeployedFunction) -> FunctionProcess:
        configuration = deployed.configuration
        packages = self._packages.prepare(configuration.name, deployed.archive)
        with self._lock:
            self._replaced[configuration.name] = packages.packages if packages else ()
        return FunctionProcess(
            configuration,
            task_root=self._code.unpack(configuration, deployed.archive),
            runtime_folder=self._runtime(),
            credentials=self._credentials(configuration),
            supplied=self._supplied,
            sink=self._sink,
            packages=packages.folder if packages else None,
        )

    def _runtime(self) -> Path:
        with self._lock:
            if self._runtime_folder is None:
                self._runtime_folder = runtime_folder(self._directory / "runtime")
            return self._runtime_folder


def _log_failure(future: Any) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        log.error("work on functions in the background failed: %s", error, exc_info=error)
