"""What a decision leaves behind: one log line, two metrics, and annotations on its trace.

Neither the tenant nor the context that a caller sent is written anywhere.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from lambdas.governance.model import Answer, ReasonCode

SERVICE = "governance"
_JUDGED = {ReasonCode.PERMITTED, ReasonCode.FORBIDDEN, ReasonCode.NO_PERMIT}
# codes with which a name in the answer may be any text at all
_UNCHECKED = {ReasonCode.UNKNOWN_SERVICE, ReasonCode.UNKNOWN_INTENT, ReasonCode.INVALID_REQUEST}


class MicrosecondFormatter(LambdaPowertoolsFormatter):
    """ISO 8601 in UTC with microseconds; Powertools' own `%f` adds the milliseconds a second time."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        """When the record was made."""
        moment = datetime.fromtimestamp(record.created, tz=UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


logger = Logger(service=SERVICE, logger_formatter=MicrosecondFormatter())
metrics = Metrics(namespace="Myelin", service=SERVICE)
tracer = Tracer(service=SERVICE, patch_modules=["botocore"])


def record(answer: Answer, *, latency_ms: float) -> None:
    """Write down a decision that took this long."""
    logger.set_correlation_id(answer.correlation_id)
    log = logger.info if answer.reason_code in _JUDGED else logger.warning
    log(
        "allowed" if answer.allowed else "denied",
        extra={
            "caller": answer.service,
            "intent": answer.intent,
            "target": answer.target,
            "allowed": answer.allowed,
            "reason": answer.reason,
            "reason_code": answer.reason_code.value,
            "policies": answer.policies,
            "errors": answer.errors,
            "policy_version": answer.policy_version,
            "decision_id": answer.decision_id,
            "latency_ms": round(latency_ms, 3),
        },
    )
    _measure(answer, latency_ms)
    tracer.put_annotation(key="decision", value=answer.reason_code.value)
    tracer.put_annotation(key="correlation_id", value=answer.correlation_id)


def _measure(answer: Answer, latency_ms: float) -> None:
    """Count the decision by caller, intent and outcome; a name nobody declared must not make a new metric."""
    checked = answer.reason_code not in _UNCHECKED
    metrics.add_dimension(name="caller", value=(checked and answer.service) or "unknown")
    metrics.add_dimension(name="intent", value=(checked and answer.intent) or "unknown")
    metrics.add_dimension(name="outcome", value=answer.reason_code.value)
    metrics.add_metric(name="Decisions", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="DecisionLatency", unit=MetricUnit.Milliseconds, value=latency_ms)
    metrics.flush_metrics()
