"""Runs a Pulumi program in this process, against a monitor that is an object and not an address.

What the SDK keeps per program lives in context variables, so each run has a context of its own and leaves
nothing behind; several stacks can run one after the other, or side by side in threads.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.program.program import Program
from sandbox.engine.program.source_position import install
from sandbox.engine.running.registrar import ORGANIZATION

_PARALLEL = 16
_SEVERITIES = {
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}

install()


def run(program: Program, monitor: EngineMonitor, *, preview: bool, log: Callable[[str, str], None]) -> None:
    """Run a program to its end; raises what it raises, once no call of it is under way any more.

    After a failure no further call is taken, so that a program that fails while it declares its resources has
    none of them made.
    """
    contextvars.Context().run(_run, program, monitor, preview, log)


def _run(
    program: Program,
    monitor: EngineMonitor,
    preview: bool,  # noqa: FBT001 - called by Context.run alone
    log: Callable[[str, str], None],
) -> None:
    settings.reset_options(
        project=program.project,
        stack=program.stack,
        organization=ORGANIZATION,
        root_directory=str(program.root),
        parallel=_PARALLEL,
        preview=preview,
        # typed as addresses; the SDK also takes objects that answer the calls
        monitor_address=monitor,  # type: ignore[arg-type]
        engine_address=EngineLog(log),  # type: ignore[arg-type]
    )
    pulumi.runtime.set_all_config({key: _text(value) for key, value in program.config.items()})
    # an output that fails leaves coroutines behind that the SDK never awaits; Python would say so on stderr
    warnings.filterwarnings("ignore", r"coroutine 'Output\.\w+' was never awaited", RuntimeWarning)
    failures: list[Exception] = []
    try:
        asyncio.run(_main(program, monitor, failures))
    except Exception:
        if failures:
            # calls that were refused after it would hide it
            raise failures[0] from failures[0].__cause__
        raise
    finally:
        monitor.wait_until_idle()


async def _main(program: Program, monitor: EngineMonitor, failures: list[Exception]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=_PARALLEL, thread_name_prefix="register"))
    # after a failure many outputs fail with it; the failure itself is reported once
    loop.set_exception_handler(lambda _loop, _context: None)

    async def main() -> None:
        try:
            outcome: Any = program.main()
            if inspect.isawaitable(outcome):
                await outcome
        except BaseException as error:
            monitor.stop()
            if isinstance(error, Exception):
                failures.append(error)
            raise

    await run_in_stack(main)


class EngineLog:
    """Takes a program's log messages (`pulumi.log`), in the place of the engine's own service."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        """Give each message to `write` as (severity, text); severities are info, warning and error.

        Debug messages, of which the SDK has several for each resource, are dropped.
        """
        self._write = write

    def Log(self, request: Any) -> Any:  # noqa: N802
        """Take one message."""
        severity = _SEVERITIES.get(request.severity)
        if severity is not None:
            self._write(severity, request.message)
        return empty_pb2.Empty()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
