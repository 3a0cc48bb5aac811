from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.governance.masking import MASK, Masks
from lambdas.governance.telemetry import DecisionLog
from policies.calls.deciding.model import Answer, Question
from policies.calls.deciding.reason_codes import ReasonCode

NOW = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
TRACE = "Root=1-65000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
Lines = list[dict[str, Any]]
Record = Callable[..., Lines]


@pytest.fixture
def record() -> Record:
    """Records one decision and gives the lines of it."""

    def run(
        question: Question | None = None, *, code: str = "permitted", masks: str = "", **more: Any
    ) -> Lines:
        lines: list[str] = []
        log = DecisionLog(environment="dev", masks=Masks.read(masks), now=lambda: NOW, write=lines.append)
        log.record(answer(code, **more), question, latency_ms=1.23456)
        return [json.loads(line) for line in lines]

    return run


def answer(code: str, **more: Any) -> Answer:
    members: dict[str, Any] = {
        "reason": "because",
        "policies": ("p",),
        "policy_version": "v",
        "decision_id": "d",
        "evaluated_at": NOW,
        "service": "orbit",
        "intent": "reason",
        "target": "axon",
        "correlation_id": "c",
        **more,
    }
    return Answer(allowed=code == "permitted", reason_code=ReasonCode(code), **members)


def asked(**more: Any) -> Question:
    return Question.model_validate({"service": "orbit", "intent": "reason", **more})


def test_a_decision_is_one_line_with_its_metrics(record: Record) -> None:
    """Everything needed to find, understand and replay the decision, and to count it. GOV-1"""
    (line,) = record(asked(tenant="acme", context={"purpose": "x"}))
    metrics = line.pop("_aws")
    assert line == {
        "level": "INFO",
        "message": "allowed",
        "timestamp": "2026-11-22T09:30:00.123456Z",
        "service": "governance",
        "correlation_id": "c",
        "caller": "orbit",
        "intent": "reason",
        "target": "axon",
        "environment": "dev",
        "allowed": True,
        "reason": "because",
        "reason_code": "permitted",
        "policies": ["p"],
        "errors": [],
        "policy_version": "v",
        "decision_id": "d",
        "evaluated_at": "2026-11-22T09:30:00.123456Z",
        "latency_ms": 1.235,
        "cold_start": True,
        "masked": [],
        "proven": True,
        "tenant": "acme",
        "context": {"purpose": "x"},
        "outcome": "permitted",
        "Decisions": 1,
        "DecisionLatency": 1.235,
    }
    (directive,) = metrics["CloudWatchMetrics"]
    assert metrics["Timestamp"] == 1795339800123
    assert (directive["Namespace"], directive["Dimensions"]) == (
        "Myelin",
        [["caller", "intent", "outcome", "service"]],
    )
    assert {metric["Name"] for metric in directive["Metrics"]} == {"Decisions", "DecisionLatency"}


@pytest.mark.parametrize("code", ["unknown_service", "unknown_intent", "invalid_request"])
def test_a_name_that_is_not_declared_makes_no_metric(record: Record, code: str) -> None:
    """The line says what was asked; the metrics, on a line of their own, say `unknown`."""
    line, metrics = record(None, code=code, service="invented", policies=())
    assert ("_aws" in line, line["caller"], "masked" in line) == (False, "invented", False)
    assert (metrics["caller"], metrics["intent"], metrics["outcome"]) == ("unknown", "unknown", code)
    assert metrics["Decisions"] == 1


@pytest.mark.parametrize("code", ReasonCode)
def test_a_denial_by_policy_is_routine_and_others_are_warnings(record: Record, code: ReasonCode) -> None:
    """What policies deny is their work; a request that could not be judged is worth a look."""
    line = record(asked(), code=code.value)[0]
    judged = code in (ReasonCode.PERMITTED, ReasonCode.FORBIDDEN, ReasonCode.NO_PERMIT)
    assert line["level"] == ("INFO" if judged else "WARNING")
    assert line["message"] == ("allowed" if code is ReasonCode.PERMITTED else "denied")


def test_only_the_first_decision_of_a_process_starts_cold() -> None:
    """So that a query of the log gives what a cold start costs."""
    lines: list[str] = []
    log = DecisionLog(environment="dev", masks=Masks(()), now=lambda: NOW, write=lines.append)
    for _ in range(3):
        log.record(answer("permitted"), asked(), latency_ms=1)
    assert [json.loads(line)["cold_start"] for line in lines] == [True, False, False]


def test_the_trace_is_named_where_there_is_one(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name that it has in the lines of services. OBS-4"""
    assert "trace_id" not in record(asked())[0]
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    assert record(asked())[0]["trace_id"] == "1-65000000-0123456789abcdef01234567"


def test_a_line_is_one_line(record: Record) -> None:
    """Whatever a tenant holds, and it is ASCII."""
    lines: list[str] = []
    log = DecisionLog(environment="dev", masks=Masks(()), now=lambda: NOW, write=lines.append)
    log.record(answer("permitted"), asked(tenant="a\nb\u2028c\u0085é"), latency_ms=1)
    assert len(lines[0].splitlines()) == 1
    assert lines[0].isascii()


@pytest.mark.parametrize(
    ("masks", "tenant", "context", "masked"),
    [
        ("", "acme", {"purpose": "x", "deep": {"a": 1, "b": 2}}, []),
        ("tenant", MASK, {"purpose": "x", "deep": {"a": 1, "b": 2}}, ["tenant"]),
        ("context", "acme", {MASK: MASK}, ["context"]),
        ("context.purpose", "acme", {"purpose": MASK, "deep": {"a": 1, "b": 2}}, ["context.purpose"]),
        ("context.deep.a", "acme", {"purpose": "x", "deep": {"a": MASK, "b": 2}}, ["context.deep.a"]),
        (
            " context.deep , tenant,context.absent,context.purpose.x",
            MASK,
            {"purpose": "x", "deep": MASK},
            ["context.deep", "tenant"],
        ),
    ],
)
def test_declared_inputs_are_masked(
    record: Record, masks: str, tenant: str, context: dict[str, Any], masked: list[str]
) -> None:
    """The line says which are; what was not sent is not masked."""
    question = asked(tenant="acme", context={"purpose": "x", "deep": {"a": 1, "b": 2}})
    (line,) = record(question, masks=masks)
    assert (line["tenant"], line["context"], line["masked"]) == (tenant, context, masked)


def test_what_was_not_sent_is_not_there(record: Record) -> None:
    """Neither as a mask nor as null."""
    (line,) = record(asked(), masks="tenant,context")
    assert line["masked"] == []
    assert not {"tenant", "context"} & line.keys()


@pytest.mark.parametrize(
    "text", ["service", "tenant.x", "context.", "contexts", "context..a", "attributes.purpose"]
)
def test_a_list_that_names_no_input_is_refused(text: str) -> None:
    """A misspelt name must not show what should be masked."""
    with pytest.raises(ValueError, match="is not `tenant`, `context` or a path"):
        Masks.read(text)


secrets = st.dictionaries(
    st.sampled_from("abc"), st.just("secret") | st.lists(st.just("secret"), max_size=2), min_size=1
)


@given(st.dictionaries(st.sampled_from("xyz"), secrets | st.just("secret"), min_size=1))
def test_what_is_below_a_mask_is_never_shown(context: dict[str, Any]) -> None:
    """A path masks everything inside of it."""
    masks = Masks.read("tenant,context.x,context.y,context.z")
    assert "secret" not in repr(masks.show(asked(tenant="secret", context=context)))
    assert "secret" not in repr(Masks.read("tenant,context").show(asked(tenant="secret", context=context)))


def test_timestamps_are_in_utc_and_whole(record: Record) -> None:
    """Six digits also at a full second."""
    lines: list[str] = []
    log = DecisionLog(
        environment="dev", masks=Masks(()), now=lambda: NOW.replace(microsecond=0), write=lines.append
    )
    log.record(answer("permitted"), asked(), latency_ms=1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", json.loads(lines[0])["timestamp"])
