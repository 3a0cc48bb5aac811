"""One dispatch: find the target, and call it on behalf of the client. Governance is asked on the way."""

from __future__ import annotations

import time

from services.orbit.models import DispatchAnswer, DispatchRequest, Latency
from services.orbit.routes import target_of
from services.runtime.calls.caller import Called, ServiceCaller, Wanted
from services.runtime.calls.errors import CallDeniedError, PayloadRefusedError, TargetError
from services.runtime.deadline import Deadline
from services.runtime.governance.reason_codes import UNAVAILABLE
from services.runtime.requests.problems import invalid_request
from services.runtime.settings import CallSettings
from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metric, Metrics

log = logs.get_logger()


async def dispatch(
    asked: DispatchRequest,
    *,
    caller: ServiceCaller,
    calls: tuple[CallSettings, ...],
    metrics: Metrics,
    due: Deadline,
    correlation_id: str,
    idempotency_key: str | None,
    proven: bool,
) -> DispatchAnswer:
    """The answer. Raises what a call raises, and ProblemError when no target can be told."""
    started = time.perf_counter()
    target = target_of(calls, intent=asked.intent, target=asked.target)
    log.info("dispatch received", intent=asked.intent, target=target, tenant=asked.tenant)
    if target is None:
        raise invalid_request(f"`target`: name one, `{asked.intent}` cannot tell which service is meant")
    wanted = Wanted(
        service=target,
        intent=asked.intent,
        payload=asked.payload,
        tenant=asked.tenant,
        context=asked.context,
        proven=proven,
        idempotency_key=idempotency_key,
    )
    try:
        called = await caller.call(wanted, due)
    except CallDeniedError as error:
        # no decision is no denial
        unavailable = error.decision.reason_code in UNAVAILABLE
        message = "dispatch failed" if unavailable else "dispatch denied"
        _measure(metrics, message, started, denied=not unavailable, failed=unavailable)
        raise
    except PayloadRefusedError as error:
        _measure(metrics, "dispatch refused", started)
        # the payload is the client's
        raise invalid_request(error.message) from error
    except TargetError as error:
        _measure(metrics, "dispatch failed", started, failed=1)
        log.warning("target not reached", target=target, problem=error.message, attempts=error.attempts)
        raise
    total = _measure(metrics, "dispatch completed", started, called=called, target=target)
    return DispatchAnswer(
        correlation_id=correlation_id,
        intent=asked.intent,
        target=target,
        decision=called.decision,
        result=called.answer,
        latency_ms=Latency(governance=called.governance_ms, target=called.target_ms, total=total),
    )


def _measure(
    metrics: Metrics,
    message: str,
    started: float,
    *,
    denied: int = 0,
    failed: int = 0,
    called: Called | None = None,
    target: str = "",
) -> float:
    """Log the end of a dispatch with its metrics; each counts in every rate, with 0 or 1."""
    total = round((time.perf_counter() - started) * 1000, 3)
    measured = [
        Metric(name="Dispatches", value=1),
        Metric(name="DispatchesDenied", value=denied),
        Metric(name="DispatchesFailed", value=failed),
        Metric(name="DispatchLatency", value=total, unit="Milliseconds"),
    ]
    if called is not None:
        measured.append(
            Metric(
                name="TargetLatency",
                value=called.target_ms,
                unit="Milliseconds",
                dimensions={"target": target},
            )
        )
    metrics.log(message, measured)
    return total
