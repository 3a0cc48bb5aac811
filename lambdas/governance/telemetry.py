"""Logs decisions: one line each, which also carries the metrics, and annotations on the trace.

A decision takes a tenth of a millisecond, and a general logging and metrics library several times that. So
the line is made here, as JSON in embedded metric format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
It has the same members as the lines of `logger`, which is for everything else.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from lambdas.governance.masking import Masks
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.reason_codes import ReasonCode, ReasonKind, codes_of

SERVICE = "governance"
NAMESPACE = "Myelin"
_BY_POLICIES = codes_of(ReasonKind.JUDGED)
# with these codes, the names in the answer may be any text
_UNCHECKED = frozenset({ReasonCode.UNKNOWN_SERVICE, ReasonCode.UNKNOWN_INTENT, ReasonCode.INVALID_REQUEST})
_METRICS = [
    {
        "Namespace": NAMESPACE,
        "Dimensions": [["caller", "intent", "outcome", "service"]],
        "Metrics": [
            {"Name": "Decisions", "Unit": "Count"},
            {"Name": "DecisionLatency", "Unit": "Milliseconds"},
        ],
    }
]


class MicrosecondFormatter(LambdaPowertoolsFormatter):
    """Times as ISO 8601 in UTC with microseconds; with Powertools' own `%f` milliseconds are added twice."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        """When the record was made."""
        return _timestamp(datetime.fromtimestamp(record.created, tz=UTC))


logger = Logger(service=SERVICE, logger_formatter=MicrosecondFormatter())
tracer = Tracer(service=SERVICE, patch_modules=["botocore"])


def is_sampled() -> bool:
    """Whether this invocation is part of a sampled trace; else recording it would be wasted."""
    return "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


class DecisionLog:
    """Logs decisions."""

    def __init__(
        self,
        *,
        environment: str,
        masks: Masks,
        now: Callable[[], datetime],
        write: Callable[[str], object] | None = None,
    ) -> None:
        """`masks` masks inputs, `now` is the time in UTC, `write` takes a line (default: standard output)."""
        self._environment = environment
        self._masks = masks
        self._now = now
        self._write = write or _to_stdout
        self._cold = True

    def record(self, answer: Answer, question: Question | None, *, latency_ms: float) -> None:
        """Log a decision that took this long; inputs are shown only of a valid question."""
        moment = self._now()
        line = self._line(answer, question, moment, latency_ms)
        caller, intent = answer.service, answer.intent
        if answer.reason_code in _UNCHECKED:
            # each name makes a metric of its own, so an undeclared name must not be one
            caller = intent = "unknown"
            self._write(_encoded(line))
            line = {"service": SERVICE}
        line |= {
            "_aws": {"Timestamp": int(moment.timestamp() * 1000), "CloudWatchMetrics": _METRICS},
            "caller": caller or "unknown",
            "intent": intent or "unknown",
            "outcome": answer.reason_code.value,
            "Decisions": 1,
            "DecisionLatency": round(latency_ms, 3),
        }
        self._write(_encoded(line))
        self._cold = False
        if is_sampled():
            tracer.put_annotation(key="decision", value=answer.reason_code.value)
            tracer.put_annotation(key="correlation_id", value=answer.correlation_id)

    def _line(
        self, answer: Answer, question: Question | None, moment: datetime, latency_ms: float
    ) -> dict[str, Any]:
        line: dict[str, Any] = {
            "level": "INFO" if answer.reason_code in _BY_POLICIES else "WARNING",
            "message": "allowed" if answer.allowed else "denied",
            "timestamp": _timestamp(moment),
            "service": SERVICE,
            "correlation_id": answer.correlation_id,
            "caller": answer.service,
            "intent": answer.intent,
            "target": answer.target,
            "environment": self._environment,
            "allowed": answer.allowed,
            "reason": answer.reason,
            "reason_code": answer.reason_code.value,
            "policies": answer.policies,
            "errors": answer.errors,
            "policy_version": answer.policy_version,
            "decision_id": answer.decision_id,
            "evaluated_at": _timestamp(answer.evaluated_at),
            "latency_ms": round(latency_ms, 3),
            "cold_start": self._cold,
            **_trace(),
            **_version(),
        }
        if question is not None:
            shown = self._masks.show(question)
            line["masked"] = shown.masked
            line["proven"] = not question.unproven
            if shown.tenant is not None:
                line["tenant"] = shown.tenant
            if shown.context is not None:
                line["context"] = shown.context
        return line


def _trace() -> Mapping[str, str]:
    """The trace id, under the name that the lines of services have it."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    root = header.partition("Root=")[2].partition(";")[0]
    return {"trace_id": root} if root else {}


def _version() -> Mapping[str, str]:
    """The version of the function that decided, as Lambda names it."""
    version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    return {"version": version} if version else {}


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


_encoded = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def _to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")
