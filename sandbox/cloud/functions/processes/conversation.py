"""Carries out one invocation with a process, over the runtime API."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.cloud.emulator.http1 import HttpRequest
from sandbox.cloud.functions.errors import ProcessGoneError
from sandbox.cloud.functions.invocation import (
    MAX_RESPONSE_BYTES,
    Invocation,
    InvocationResult,
    exit_document,
    exit_reason,
    timeout_document,
    too_large_document,
)
from sandbox.cloud.functions.processes import report
from sandbox.cloud.functions.processes.channel import PREFIX, GoneError, LateError
from sandbox.cloud.functions.processes.process import FunctionProcess

INIT_SECONDS = 10.0
"""Seconds that Lambda allows for loading the code, on top of the function's timeout."""

NEXT = f"{PREFIX}invocation/next"
INIT_ERROR = f"{PREFIX}init/error"


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How an invocation ended: payload, status as Lambda calls it, and a log line if Lambda ended it."""

    payload: bytes
    status: str
    problem: str = ""


def invoke_process(
    process: FunctionProcess, invocation: Invocation, *, now: Callable[[], float] = time.monotonic
) -> InvocationResult:
    """Give an event to a process and wait for its response, its end, or the function's timeout.

    Raises ProcessGoneError if the process had ended before it took the event: another one can take it. A
    process that did not respond is stopped; see `process.alive`.
    """
    configuration = process.configuration
    cold = process.calls == 0
    process.calls += 1
    asked_at = now()
    question = _receive_request_for_work(process, invocation, asked_at + INIT_SECONDS + configuration.timeout)
    process.starting = False
    began = now()
    waited_ms = (began - asked_at) * 1000
    _log_start(process, invocation)
    if question is None:
        end = _timeout(process, invocation, INIT_SECONDS + configuration.timeout)
    elif question.path == INIT_ERROR:
        with contextlib.suppress(GoneError):
            process.channel.answer("202 Accepted")
        process.exit_code()
        end = _End(payload=question.body, status="error")
    else:
        end = _run(process, invocation, began + configuration.timeout)
    usage = report.Usage(
        duration_ms=(now() - began) * 1000,
        memory_size=configuration.memory_size,
        memory_used=process.memory_used(),
        init_ms=waited_ms if cold else None,
    )
    if end.status in {"timeout", "failure"} or not process.alive:
        process.stop()
    _log_end(process, invocation, end, usage)
    tail = process.output.take_tail()
    return InvocationResult(
        payload=end.payload, failed=end.status != "success", version=configuration.version, log_tail=tail
    )


def _receive_request_for_work(
    process: FunctionProcess, invocation: Invocation, deadline: float
) -> HttpRequest | None:
    """Wait until the process asks for work, or reports that its code cannot be loaded; None if it is late."""
    try:
        while True:
            request = process.channel.receive(deadline=deadline, alive=lambda: process.alive)
            if request.path in {NEXT, INIT_ERROR}:
                break
            process.channel.answer("404 Not Found")
    except LateError:
        return None
    except GoneError as error:
        if process.calls == 1:
            return _died_loading(process, invocation)
        raise ProcessGoneError(process.configuration.name) from error
    if request.path == NEXT and not (process.alive and process.channel.is_waiting):
        raise ProcessGoneError(process.configuration.name)
    return request


def _died_loading(process: FunctionProcess, invocation: Invocation) -> HttpRequest:
    """Make the error report of a process that could not send one: it died while it loaded its code."""
    body = exit_document(invocation.request_id, process.exit_code())
    return HttpRequest(method="POST", target=INIT_ERROR, version="HTTP/1.1", headers=(), body=body)


def _run(process: FunctionProcess, invocation: Invocation, deadline: float) -> _End:
    timeout = process.configuration.timeout
    deadline_ms = time.time_ns() // 1_000_000 + timeout * 1000
    try:
        process.channel.answer("200 OK", _headers(invocation, deadline_ms), invocation.payload)
        request = _answer(process, invocation, deadline)
    except LateError:
        return _timeout(process, invocation, timeout)
    except GoneError:
        code = process.exit_code()
        payload = exit_document(invocation.request_id, code)
        return _End(payload=payload, status="failure", problem=exit_reason(code))
    if len(request.body) > MAX_RESPONSE_BYTES:
        process.channel.answer("413 Content Too Large")
        return _End(payload=too_large_document(len(request.body)), status="error")
    process.channel.answer("202 Accepted")
    return _End(payload=request.body, status="error" if request.path.endswith("/error") else "success")


def _answer(process: FunctionProcess, invocation: Invocation, deadline: float) -> HttpRequest:
    """Wait for the response or error of this invocation; other requests of the process get a 404."""
    wanted = {f"{PREFIX}invocation/{invocation.request_id}/{end}" for end in ("response", "error")}
    while True:
        request = process.channel.receive(deadline=deadline, alive=lambda: process.alive)
        if request.path in wanted:
            return request
        process.channel.answer("404 Not Found")


def _headers(invocation: Invocation, deadline_ms: int) -> tuple[tuple[str, str], ...]:
    headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
        ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn),
        ("Lambda-Runtime-Trace-Id", invocation.trace),
    ]
    if invocation.client_context is not None:
        headers.append(("Lambda-Runtime-Client-Context", invocation.client_context))
    return tuple(headers)


def _timeout(process: FunctionProcess, invocation: Invocation, seconds: float) -> _End:
    process.kill()
    words = f"Task timed out after {seconds:.2f} seconds"
    return _End(payload=timeout_document(invocation.request_id, seconds), status="timeout", problem=words)


def _log_start(process: FunctionProcess, invocation: Invocation) -> None:
    c = process.configuration
    process.output.lines(
        report.start_line(invocation.request_id, c.version, log_format=c.log_format, at=_utc())
    )


def _log_end(process: FunctionProcess, invocation: Invocation, end: _End, usage: report.Usage) -> None:
    log_format = process.configuration.log_format
    request_id = invocation.request_id
    lines = report.end_lines(request_id, usage, status=end.status, log_format=log_format, at=_utc())
    if end.problem:
        lines = (report.problem_line(request_id, end.problem, log_format=log_format, at=_utc()), *lines)
    process.output.lines(*lines)


def _utc() -> datetime:
    return datetime.now(UTC)
