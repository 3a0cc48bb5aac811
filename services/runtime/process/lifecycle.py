"""The life of a service process: not ready until it can do its work, and no request lost when it stops."""

from __future__ import annotations

import asyncio
import time
import traceback
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.errors import ServiceError
from services.runtime.telemetry import logs

log = logs.get_logger()

Sleep = Callable[[float], Awaitable[None]]


class Lifecycle:
    """The state of this process: its id, since when it runs, whether it is stopping."""

    def __init__(
        self, *, instance: str | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`instance` is a random id unless given."""
        self.instance = instance or uuid.uuid4().hex[:12]
        self._monotonic = monotonic
        self._started = monotonic()
        self._draining = False

    @property
    def draining(self) -> bool:
        """Whether the process was told to stop."""
        return self._draining

    def begin_drain(self) -> None:
        """From now on `/health` says so; requests in flight go on."""
        self._draining = True

    def uptime(self) -> float:
        """Seconds since the start."""
        return self._monotonic() - self._started


async def until_ready(
    load: Callable[[], Awaitable[None]],
    *,
    timeout_seconds: float,
    stopping: Callable[[], bool] = lambda: False,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Try `load` until it succeeds, with growing pauses up to 2 s; after `timeout_seconds` its last error is
    raised.

    Told to stop meanwhile, it does not go on trying. A secret may be readable only moments after the task
    starts (IAM is eventually consistent), so the first refusal is not the end; a process that can never
    become ready must end, so that ECS sees the deployment fail.
    """
    end, pause = monotonic() + timeout_seconds, 0.1
    while True:
        try:
            await load()
        except ServiceError as error:
            if stopping() or monotonic() + pause > end:
                raise
            log.warning("not ready yet", problem=error.message, retry_in_seconds=pause)
            await sleep(pause)
            pause = min(2.0, pause * 2)
        else:
            return


def describe(error: BaseException) -> str:
    """What an error of foreign code says, and the line that raised it."""
    trace = traceback.extract_tb(error.__traceback__)
    where = f" ({trace[-1].filename}:{trace[-1].lineno})" if trace else ""
    return f"{type(error).__name__}: {error}{where}"


Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def lifespan(
    lifecycle: Lifecycle,
    *,
    load: Callable[[], Awaitable[None]],
    background: Sequence[Callable[[], Awaitable[None]]] = (),
    close: Sequence[Callable[[], Awaitable[None]]] = (),
    timeout_seconds: float = 30.0,
) -> Lifespan:
    """An ASGI lifespan: becomes ready through `load`, runs `background` loops meanwhile, and runs each
    `close` at the end.

    The server listens only once this has started, and ends it only when all requests in flight are answered.
    """

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[None]:
        try:
            await until_ready(load, timeout_seconds=timeout_seconds, stopping=lambda: lifecycle.draining)
        except ServiceError as error:
            log.critical("service cannot start", problem=error.message, hint=error.hint)
            raise
        except Exception as error:
            # one line; the server is not told the traceback, and would be silent
            log.critical("service cannot start", problem=describe(error), hint="look at what runs on_start")
            raise
        tasks = [asyncio.ensure_future(loop()) for loop in background]
        log.info("service ready")
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for action in close:
                await action()
            log.info("service stopped")

    return run


class LifespanMiddleware:
    """Pure ASGI middleware: a start that failed was logged where it failed, so the server is not told the
    traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_briefly(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                message = {**message, "message": ""}
            await send(message)

        await self._app(scope, receive, send_briefly)
