"""Structured logs: one JSON object a line on standard output, from our code and from the libraries alike.

Keys: `timestamp` (ISO 8601, UTC, microseconds), `level`, `service`, `message`, `correlation_id` when there is
one, then the fields of the line itself. On Fargate the awslogs driver takes each line as one CloudWatch Logs
event.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

from services.runtime import correlation
from services.runtime.telemetry import tracing

_HIDDEN = frozenset(
    {
        "authorization",
        "grant",
        "heartbeat_key",
        "password",
        "secret",
        "secret_key",
        "secret_string",
        "signature",
        "token",
    }
)
_QUIET_LIBRARIES = ("asyncio", "aws_xray_sdk", "botocore", "httpcore", "httpx", "urllib3")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def render(
    *,
    level: str,
    service: str,
    message: str,
    fields: Mapping[str, Any],
    version: str = "",
    now: Callable[[], datetime] = _utc_now,
) -> str:
    """One log line without its newline.

    Values under keys that name a secret are replaced by `[hidden]`.
    """
    line: dict[str, Any] = {
        "timestamp": now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "level": level,
        "service": service,
        "message": message,
    }
    if version:
        line["version"] = version
    span = tracing.current_span()
    if span is not None and span.trace_id:
        line["trace_id"] = span.trace_id
    identity = fields.get("correlation_id") or correlation.current()
    if identity is not None:
        line["correlation_id"] = identity
    for key, value in fields.items():
        if key not in line and value is not None:
            line[key] = "[hidden]" if key.lower() in _HIDDEN else value
    return json.dumps(line, default=str, separators=(",", ":"))


class _Renderer:
    """Last structlog processor: the event dictionary becomes the line."""

    def __init__(self, service: str, version: str) -> None:
        self._service = service
        self._version = version

    def __call__(self, _logger: object, method: str, event: structlog.types.EventDict) -> str:
        fields = dict(event)
        message = str(fields.pop("event", ""))
        return render(
            level=method, service=self._service, version=self._version, message=message, fields=fields
        )


class _LibraryHandler(logging.Handler):
    """Takes what libraries log through `logging`, and writes it as the same kind of line."""

    def __init__(self, service: str, version: str, stream: TextIO) -> None:
        super().__init__()
        self._service = service
        self._version = version
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            fields["exception"] = logging.Formatter().formatException(record.exc_info)
        level = record.levelname.lower()
        try:
            text = render(
                level=level,
                service=self._service,
                version=self._version,
                message=record.getMessage(),
                fields=fields,
            )
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError, TypeError):
            self.handleError(record)


def configure(*, service: str, level: str = "INFO", stream: TextIO | None = None, version: str = "") -> None:
    """Send all logs of this process to `stream` (standard output), as lines of `service` in this `version`,
    from `level` up.
    """
    out = sys.stdout if stream is None else stream
    structlog.configure(
        processors=[structlog.processors.format_exc_info, _Renderer(service, version)],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=level, handlers=[_LibraryHandler(service, version, out)], force=True)
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """The logger of our own code: `log.info("message", key=value)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def get_metric_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger that LOG_LEVEL does not filter, for lines that carry metrics: raising it must not silence an
    alarm.
    """
    every_level = structlog.make_filtering_bound_logger("notset")
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(None, wrapper_class=every_level)
    return logger
