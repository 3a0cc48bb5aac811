"""One invocation of a function and its result, as values; and the error documents that Lambda itself writes.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html,
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import Any

MAX_RESPONSE_BYTES = 6_291_556
"""The largest response of a synchronous invocation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """An event for the runtime: the payload as JSON bytes, and the values of the runtime API's headers.

    `invoked_arn` has the qualifier that the caller used; `trace` is an X-Ray trace header.
    """

    request_id: str
    payload: bytes
    invoked_arn: str
    trace: str
    client_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """The caller's answer: the payload, whether it is an error document, and the last 4 KiB of the log."""

    payload: bytes
    failed: bool
    version: str
    log_tail: bytes = b""


def error_document(error_type: str, message: str, **fields: Any) -> bytes:
    """Build an error document in Lambda's form."""
    return json.dumps({"errorType": error_type, "errorMessage": message, **fields}).encode()


def timeout_document(request_id: str, seconds: float) -> bytes:
    """Build the error document for an invocation that took longer than the function's timeout."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return error_document("Sandbox.Timedout", message)


def exit_document(request_id: str, code: int | None) -> bytes:
    """Build the error document for a process that ended during an invocation; see `exit_reason`."""
    return error_document("Runtime.ExitError", f"RequestId: {request_id} Error: {exit_reason(code)}")


def exit_reason(code: int | None) -> str:
    """Say in Lambda's words how a process ended; `code` is subprocess's (negative: a signal)."""
    if not code:
        return "Runtime exited without providing a reason"
    if code < 0:
        words = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
        return (
            f"Runtime exited with error: signal: {words.get(signal.Signals(-code), signal.strsignal(-code))}"
        )
    return f"Runtime exited with error: exit status {code}"


def too_large_document(size: int) -> bytes:
    """Build the error document for a response beyond the limit."""
    message = f"Response payload size ({size} bytes) exceeded maximum allowed payload size (6291556 bytes)."
    return error_document("Function.ResponseSizeTooLarge", message)
