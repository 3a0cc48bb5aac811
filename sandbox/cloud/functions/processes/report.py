"""The log lines that Lambda writes around an invocation: START, END and REPORT, as text or as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Time (milliseconds) and memory (MiB) of an invocation; `init_ms` only if it waited for a cold start."""

    duration_ms: float
    memory_size: int
    memory_used: int
    init_ms: float | None = None

    @property
    def billed_ms(self) -> int:
        """Duration and start, rounded up to the millisecond."""
        return math.ceil(self.duration_ms + (self.init_ms or 0))


def start_line(request_id: str, version: str, *, log_format: str, at: datetime) -> str:
    """The log line before the function's own lines."""
    if log_format == "JSON":
        return _platform(at, "platform.start", {"requestId": request_id, "version": version})
    return f"START RequestId: {request_id} Version: {version}"


def end_lines(
    request_id: str, usage: Usage, *, status: str, log_format: str, at: datetime
) -> tuple[str, ...]:
    """The log lines after the function's own; `status` is success, error, timeout or failure."""
    if log_format == "JSON":
        metrics: dict[str, Any] = {
            "durationMs": round(usage.duration_ms, 3),
            "billedDurationMs": usage.billed_ms,
            "memorySizeMB": usage.memory_size,
            "maxMemoryUsedMB": usage.memory_used,
        }
        if usage.init_ms is not None:
            metrics["initDurationMs"] = round(usage.init_ms, 3)
        return (
            _platform(at, "platform.report", {"requestId": request_id, "metrics": metrics, "status": status}),
        )
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {usage.duration_ms:.2f} ms\t"
        f"Billed Duration: {usage.billed_ms} ms\tMemory Size: {usage.memory_size} MB\t"
        f"Max Memory Used: {usage.memory_used} MB"
    )
    if usage.init_ms is not None:
        report += f"\tInit Duration: {usage.init_ms:.2f} ms"
    if status not in {"success", "error"}:
        report += f"\tStatus: {status}"
    return (f"END RequestId: {request_id}", report)


def problem_line(request_id: str, words: str, *, log_format: str, at: datetime) -> str:
    """The log line about an invocation that Lambda ended itself (`Task timed out after 3.00 seconds`)."""
    if log_format == "JSON":
        return json.dumps({"time": _stamp(at), "level": "ERROR", "requestId": request_id, "message": words})
    return f"{_stamp(at)} {request_id} {words}"


def _platform(at: datetime, kind: str, record: Mapping[str, Any]) -> str:
    return json.dumps({"time": _stamp(at), "type": kind, "record": record})


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
