"""What surrounds each request: correlation id, trace segment, access log with metrics, and the answer to a
defect.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime import correlation
from services.runtime.requests.bodies import ClientGoneError
from services.runtime.requests.problems import internal_error, problem_response
from services.runtime.telemetry import logs, tracing
from services.runtime.telemetry.metrics import Metric, Metrics

log = logs.get_logger()

QUIET_PATHS = frozenset({"/health"})
"""Asked for every few seconds by load balancers: not traced or measured, and logged at level debug unless it
fails.
"""


class RequestMiddleware:
    """Pure ASGI middleware. Nothing that happens inside reaches the server as an exception."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        tracer: tracing.Tracer,
        perf_counter: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Wrap `app`; `perf_counter` measures latency, in seconds."""
        self._app = app
        self._metrics = metrics
        self._tracer = tracer
        self._perf_counter = perf_counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = self._perf_counter()
        path: str = scope["path"]
        if path in QUIET_PATHS:
            status = await self._answer(scope, receive, send)
            self._log(scope["method"], path, status, started)
        else:
            header = Headers(scope=scope).get(tracing.HEADER)
            with self._tracer.segment(header, method=scope["method"], url=path) as span:
                span.annotate(correlation_id=correlation.current())
                status = await self._answer(scope, receive, send)
                span.status = status
                # inside, so that the line has the trace's id
                self._log(scope["method"], path, status, started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Run the application inside; the status that was answered, 499 when the client left before (as nginx
        has it).
        """
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except ClientGoneError:
            return 499
        except Exception:
            log.exception("request failed", path=scope["path"])
            if status:
                # half an answer is out: only the closed connection can tell the client
                raise
            await problem_response(internal_error(), instance=scope["path"])(scope, receive, watch)
        return status

    def _log(self, method: str, path: str, status: int, started: float) -> None:
        latency_ms = (self._perf_counter() - started) * 1000
        fields = {"method": method, "path": path, "status": status, "latency_ms": round(latency_ms, 3)}
        if path in QUIET_PATHS:
            write = log.warning if status >= 500 else log.debug
            write("request answered", **fields)
            return
        measured = [
            Metric(name="Requests", value=1),
            Metric(name="RequestErrors", value=int(status >= 500)),
            Metric(name="RequestLatency", value=round(latency_ms, 3), unit="Milliseconds"),
        ]
        self._metrics.log("request answered", measured, **fields)
