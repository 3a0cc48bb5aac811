"""Where the values of secrets may not be: in nothing that is written, answered or shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.access.opened_secrets import opened_secrets
from tests.support.end_to_end.project import ProjectCopy
from tests.support.enforcing.declarations import BOUND, DOOR, TWICE, Declarations
from tests.support.enforcing.played_caller import PlayedCallers, Prepared, Wanted
from tests.support.enforcing.policies import OPEN
from tests.support.enforcing.timeline import Timeline

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("enforcing")]

COMMANDS = ("status", "logs --limit 2000", "preview --json", "policy history --json", "audit list --json")
CARRIED = {"correlation_id", "service", "version"}


def secrets_of(project: ProjectCopy) -> dict[str, str]:
    """The value of each version of each secret, but for what is public; of a key in JSON, the key."""
    listing = project.client("secretsmanager").get_paginator("list_secrets")
    listed = [secret for page in listing.paginate() for secret in page["SecretList"]]
    found = {}
    with opened_secrets(project, *(secret["ARN"] for secret in listed)) as client:
        for secret in listed:
            for stage in ("AWSCURRENT", "AWSPREVIOUS"):
                try:
                    text = client.get_secret_value(SecretId=secret["ARN"], VersionStage=stage)["SecretString"]
                except client.exceptions.ResourceNotFoundException:
                    continue
                if '"keys"' not in text:
                    found[f"{secret['Name']} {stage}"] = json.loads(text)["d"] if text[0] == "{" else text
    return found


def everything_said(project: ProjectCopy) -> Iterator[tuple[str, str]]:
    """All that is logged, traced and measured, that commands show, and the recorded state."""
    logs = project.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for events in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            ):
                yield f"log {group['logGroupName']}", json.dumps(events["events"])
    now = datetime.now(UTC)
    xray = project.client("xray")
    summaries = xray.get_trace_summaries(
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
    )["TraceSummaries"]
    for start in range(0, len(summaries), 5):
        ids = [summary["Id"] for summary in summaries[start : start + 5]]
        yield "traces", json.dumps(xray.batch_get_traces(TraceIds=ids)["Traces"], default=str)
    yield "metrics", json.dumps(project.client("cloudwatch").list_metrics()["Metrics"])
    for command in COMMANDS:
        ran = project.myelin(*command.split(), check=False, json=False)
        yield f"myelin {command}", ran.stdout + ran.stderr


def troubles(callers: PlayedCallers, deed: Wanted) -> Iterator[Prepared]:
    """Calls that end in every other way, with something of a secret in each."""
    token = callers.grant(deed)
    honest = callers.prepare(deed, token)
    failing = replace(deed, payload={**deed.payload, "fail": True})
    yield honest
    yield honest
    yield callers.prepare(failing, callers.grant(failing))
    yield callers.prepare(deed, token[:-4])
    yield callers.prepare(deed, token, key=replace(callers.keys[deed.caller, deed.callee], version="v0"))
    yield honest.but(authorization=callers.keys[deed.caller, deed.callee].secret)
    yield honest.but(x_correlation_id=token)
    yield honest.but(x_myelin_tenant=None)
    yield callers.prepare(replace(deed, payload={**deed.payload, "PURPOSE": "twice"}), token)
    yield replace(callers.prepare(deed, token), body=b"{")
    yield replace(honest, intent="nowhere")


def test_secrets_are_nowhere(callers: PlayedCallers, timeline: Timeline, declared: Declarations) -> None:
    """No value of a secret, no grant and no signature is in a log, a trace, a metric, an answer, or what a
    command shows, whatever went wrong; the key that signs grants is not in the state either. SEC-1
    """
    timeline.publish((OPEN,))
    name = next(
        one.name
        for one in declared.offers[TWICE]
        if not one.safe_to_repeat and (DOOR, TWICE, one.name) in declared.calls
    )
    deed = Wanted(caller=DOOR, callee=TWICE, intent=name, tenant="a", payload={"purpose": "dev"})
    sent = list(troubles(callers, deed))
    answers = [callers.send(one, TWICE) for one in sent]
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 403, 404, 500}
    asked = {"service": TWICE, "intent": name, "payload": {"fail": True}}
    doors = [callers.project.request("POST", "/ask", json={**asked, "tenant": "a"}) for _ in range(2)]

    canaries = secrets_of(callers.project)
    assert {name.rpartition("/")[2].split()[0] for name in canaries} >= {"signing-key"}
    for number, one in enumerate(sent):
        canaries[f"grant {number}"] = one.headers["x-myelin-grant"]
        canaries[f"signature {number}"] = one.headers.get("authorization", "").rpartition("=")[2]
    said = [("answer", answer.text + str(answer.headers)) for answer in (*answers, *doors)]
    lines = callers.lines()
    said += everything_said(callers.project)
    found = {
        (where, name) for where, text in said for name, value in canaries.items() if value and value in text
    }
    assert found == set()

    [signing_key] = [value for name, value in canaries.items() if "grant" in name and "signing-key" in name]
    written = [path for path in callers.project.sandbox.rglob("*.json") if path.is_file()]
    assert [path for path in written if signing_key in path.read_text("utf-8", errors="replace")] == []
    assert_carried(lines)


def assert_carried(lines: list[dict[str, Any]]) -> None:
    """Every line of a request has correlation id, trace id, service and version. OBS-2, OBS-4"""
    ours = [line for line in lines if str(line.get("correlation_id", "")).startswith("played-")]
    assert len(ours) > BOUND
    assert [line for line in ours if not ({*CARRIED, "trace_id"} <= line.keys())] == []
