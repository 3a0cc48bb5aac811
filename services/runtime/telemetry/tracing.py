"""Traces: what a request did, and when. This module is all that the services know of tracing.

Spans are recorded as plain values while a request runs and handed to an exporter when it has ended, so that
no request waits for, or fails on, the tracing SDK. `xray.py`, beside this, exports them with the AWS
X-Ray SDK; another exporter (OpenTelemetry, say) takes its place without a change here or in a service.

Header and ids:
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol

HEADER = "x-amzn-trace-id"
"""Name of the tracing header."""

_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_current: ContextVar[Span | None] = ContextVar("span", default=None)

AnnotationValue = str | int | float | bool


@dataclass(slots=True, kw_only=True)
class Span:
    """One piece of work. The outermost of a request is X-Ray's segment, those inside are its subsegments.

    `start` and `end` are seconds since the epoch; `namespace` is `remote` for a call to another service and
    `aws` for one to AWS. A span is filled while the work goes on, by the task that does it.
    """

    name: str
    id: str
    trace_id: str
    parent_id: str | None
    sampled: bool
    start: float
    end: float | None = None
    namespace: Literal["local", "remote", "aws"] = "local"
    method: str | None = None
    url: str | None = None
    status: int | None = None
    failed: bool = False
    annotations: dict[str, AnnotationValue] = field(default_factory=dict)
    children: list[Span] = field(default_factory=list)

    def annotate(self, **values: AnnotationValue | None) -> None:
        """Add indexed values to search traces by; None is left out."""
        self.annotations.update({key: value for key, value in values.items() if value is not None})

    def header(self) -> str:
        """The tracing header that makes a called service's span a child of this one."""
        return f"Root={self.trace_id};Parent={self.id};Sampled={int(self.sampled)}"

    def traceparent(self) -> str:
        """The same as W3C's header has it: https://www.w3.org/TR/trace-context/#traceparent-header."""
        return f"00-{self.trace_id.replace('-', '')[1:]}-{self.id}-{int(self.sampled):02x}"


class Exporter(Protocol):
    """Takes finished, sampled traces. `export` must neither block nor raise."""

    def export(self, span: Span) -> None:
        """Take the outermost span of a request, with everything inside it."""
        ...

    def close(self) -> None:
        """Send what is left, within a bounded time."""
        ...


class NoExporter:
    """For a service without a tracing daemon: drops everything."""

    def export(self, span: Span) -> None:
        """Drop `span`."""

    def close(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """What an incoming tracing header says; anything malformed in it is None."""

    trace_id: str | None = None
    parent_id: str | None = None
    sampled: bool | None = None


def read_header(value: str | None) -> TraceContext:
    """The tracing header's Root, Parent and Sampled; the load balancer's Self and unknown members are left
    out.
    """
    members = dict(part.strip().partition("=")[::2] for part in (value or "")[:512].split(";"))
    root, parent = members.get("Root", ""), members.get("Parent", "")
    return TraceContext(
        trace_id=root if _TRACE_ID.fullmatch(root) else None,
        parent_id=parent if _SPAN_ID.fullmatch(parent) else None,
        sampled={"1": True, "0": False}.get(members.get("Sampled", "")),
    )


class Tracer:
    """Makes spans.

    The caller's decision to sample counts; without one, a fixed share of requests is sampled.
    """

    def __init__(
        self,
        *,
        service: str,
        exporter: Exporter,
        sample_rate: float = 1.0,
        epoch_seconds: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`service` names the segments; `sample_rate` is the share, 0 to 1, of requests to sample."""
        self._service = service
        self._exporter = exporter
        self._sample_rate = sample_rate
        self._epoch_seconds = epoch_seconds
        self._chance = chance

    @contextmanager
    def segment(self, header: str | None, *, method: str, url: str) -> Iterator[Span]:
        """The span of serving one request, which came with the tracing header `header`."""
        came = read_header(header)
        now = self._epoch_seconds()
        span = Span(
            name=self._service,
            id=secrets.token_hex(8),
            trace_id=came.trace_id or f"1-{int(now):08x}-{secrets.token_hex(12)}",
            parent_id=came.parent_id,
            sampled=self._chance() < self._sample_rate if came.sampled is None else came.sampled,
            start=now,
            method=method,
            url=url,
        )
        with _entered(span, self._epoch_seconds):
            yield span
        if span.sampled:
            self._exporter.export(span)

    @contextmanager
    def subsegment(
        self, name: str, *, namespace: Literal["local", "remote", "aws"] = "local"
    ) -> Iterator[Span]:
        """The span of a piece of work inside the current one; outside of any it is recorded nowhere."""
        with subsegment(name, namespace=namespace, epoch_seconds=self._epoch_seconds) as span:
            yield span

    def close(self) -> None:
        """Send what is left."""
        self._exporter.close()


@contextmanager
def subsegment(
    name: str,
    *,
    namespace: Literal["local", "remote", "aws"] = "local",
    epoch_seconds: Callable[[], float] = time.time,
) -> Iterator[Span]:
    """The span of a piece of work inside the current one, whichever tracer began that."""
    parent = _current.get()
    span = Span(
        name=name,
        id=secrets.token_hex(8),
        trace_id=parent.trace_id if parent else "",
        parent_id=parent.id if parent else None,
        sampled=parent.sampled if parent else False,
        start=epoch_seconds(),
        namespace=namespace,
    )
    if parent:
        parent.children.append(span)
    with _entered(span, epoch_seconds):
        yield span


@contextmanager
def _entered(span: Span, epoch_seconds: Callable[[], float]) -> Iterator[None]:
    token = _current.set(span)
    try:
        yield
    except BaseException:
        span.failed = True
        raise
    finally:
        _current.reset(token)
        span.end = epoch_seconds()


def current_span() -> Span | None:
    """The innermost span of the running task."""
    return _current.get()
