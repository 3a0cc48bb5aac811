"""Applications behind the gate, in a sandbox: the examples of docs/gate.md. GOV-4, OBS-4"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.documents import gate_examples
from tests.support.effort import LONG
from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.paths import ROOT

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("gated")]

CALLER = ROOT / "docs" / "caller.md"
CHAIN = "chain-7f3a"
SERVICES = ("orbit", "quotes", "rates", "axon")
FORBID = """@id("no-rates-today")
@reason("rates are not asked today")
forbid (principal == Service::"rates", action == Action::"reason", resource == Service::"axon");
"""
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node's example of docs/gate.md is not run: there is no `node` here"
)
# Go compiles its own library first, which takes a minute
HAS_GO = LONG and shutil.which("go") is not None
needs_go = pytest.mark.skipif(
    not HAS_GO,
    reason="Go's example of docs/gate.md is not run: it is costly (make test-costly), or `go` is missing",
)


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """The examples, deployed; one whose language is not here stays away, with what calls it."""
    copy = ProjectCopy(tmp_path_factory.mktemp("gated") / "project", archives)
    try:
        gate_examples.follow(copy.root)
        for service in ("axon", "orbit"):
            copy.edit(f"services/{service}/service.toml", "min = 2", "min = 1")
        if shutil.which("node") is None:
            shutil.rmtree(copy.path("services/rates"))
            copy.edit("services/quotes/service.toml", '[[calls]]\nservice = "rates"\nintent = "rate"\n', "")
        if not HAS_GO:
            shutil.rmtree(copy.path("services/stock"))
            copy.edit("services/orbit/service.toml", '[[calls]]\nservice = "stock"\nintent = "count"\n', "")
        else:
            built = ["go", "build", "-o", "services/stock/stock", "services/stock/main.go"]
            subprocess.run(
                built, cwd=copy.root, check=True, env=os.environ | {"GO111MODULE": "off"}, timeout=280
            )
        copy.up()
        yield copy
    finally:
        copy.close()


def dispatch(
    gated: ProjectCopy, intent: str, target: str, correlation: str, *, field: str = "item"
) -> httpx.Response:
    return gated.request(
        "POST",
        "/dispatch",
        json={"intent": intent, "target": target, "tenant": "acme", "payload": {field: "x"}},
        headers={"x-correlation-id": correlation},
    )


def environment_of(gated: ProjectCopy, service: str) -> dict[str, str]:
    """The variables of a service's application: the process that has PORT, GATE_URL and no INTENTS."""
    for process in gated.processes():
        found = process.environ()
        if found.get("MYELIN_SERVICE") == service and "GATE_URL" in found and "INTENTS" not in found:
            return found
    raise AssertionError(f"no application of {service}")


def segments(gated: ProjectCopy, trace_id: str) -> list[dict[str, Any]]:
    found = gated.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    return [json.loads(segment["Document"]) for trace in found for segment in trace["Segments"]]


def names(segment: dict[str, Any]) -> set[str]:
    inside = segment.get("subsegments", [])
    return {one["name"] for one in inside}.union(*(names(one) for one in inside))


@needs_node
def test_a_chain_of_four_has_one_correlation_id_and_one_trace(gated: ProjectCopy) -> None:
    """Orbit, FastAPI behind the gate, Node behind the gate, Axon: each hop is in the log under the one id,
    and in the one trace with its segments for decide, sign, call and verify.
    """
    answer = dispatch(gated, "quote", "quotes", CHAIN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-correlation-id"] == CHAIN
    assert answer.json()["result"]["result"]["input_characters"] == len('{"item":"x"}')
    lines = gated.logs(CHAIN, "heartbeat sent")
    admitted = {(line["caller"], line["service"]) for line in lines if line["message"] == "call admitted"}
    assert admitted == {("orbit", "quotes"), ("quotes", "rates"), ("rates", "axon")}
    assert {line["tenant"] for line in lines if line["message"] == "call admitted"} == {"acme"}

    def traced() -> dict[str, dict[str, Any]] | None:
        told = gated.client("xray").get_trace_summaries(StartTime=0, EndTime=4_000_000_000)
        for summary in told["TraceSummaries"]:
            found = {one["name"]: one for one in segments(gated, summary["Id"]) if one["name"] in SERVICES}
            if len(found) == len(SERVICES):
                return found
        return None

    by_name = until(traced, "the four segments are in one trace")
    assert {one["annotations"]["correlation_id"] for one in by_name.values()} == {CHAIN}
    calling = {"decide", "sign", "call"}
    assert calling <= names(by_name["orbit"])
    for name in ("quotes", "rates"):
        assert calling | {"verify", "application"} <= names(by_name[name])
    assert "verify" in names(by_name["axon"])


def test_what_the_command_writes_behind_the_gate(gated: ProjectCopy) -> None:
    """`new service --gate` is dispatched to as it was written, and its own call is made on behalf of that."""
    answer = dispatch(gated, "greet", "greetings", "greet-1", field="input")
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert (result["asked_by"], result["payload"]) == ("orbit", {"input": "x"})
    assert result["answers"][0]["heartbeat"]["service"] == "axon"
    lines = gated.logs("greet-1", "heartbeat sent")
    admitted = {(line["caller"], line["tenant"]) for line in lines if line["message"] == "call admitted"}
    assert admitted == {("orbit", "acme"), ("greetings", "acme")}


@pytest.mark.costly("compiles Go's library")
@needs_go
def test_go_behind_the_gate(gated: ProjectCopy) -> None:
    """The application is told who calls."""
    answer = dispatch(gated, "count", "stock", "go-1")
    assert (answer.status_code, answer.json()["result"]) == (200, {"count": 7, "asked_by": "orbit"})


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("quotes", "/quote"),
        pytest.param("rates", "/rate", marks=needs_node),
        pytest.param("stock", "/count", marks=needs_go),
    ],
)
def test_the_application_s_own_port_gives_nothing(gated: ProjectCopy, service: str, path: str) -> None:
    """Another process on this loopback finds the application, and without the token is told 403. Nor can it
    make calls in its name.
    """
    found = environment_of(gated, service)
    for token in ({}, {"x-myelin-gate-token": "guessed"}):
        headers = {"x-myelin-request": "0" * 32, "x-myelin-caller": "orbit", **token}
        direct = gated.request("POST", f"http://127.0.0.1:{found['PORT']}{path}", json={}, headers=headers)
        assert direct.status_code == 403
        call = gated.request("POST", f"{found['GATE_URL']}/call/axon/reason", json={}, headers=token)
        assert call.status_code == 403


@needs_node
def test_a_forbid_on_the_third_hop_is_told_at_the_first(gated: ProjectCopy) -> None:
    """What governance denied to the third service, the client of the first one hears: 403, and why. GOV-1"""
    gated.path("policies/calls/rules/no-rates-today.cedar").write_text(FORBID, encoding="utf-8")
    gated.myelin("policy", "publish", "--yes")

    def denied() -> httpx.Response | None:
        answer = dispatch(gated, "quote", "quotes", "forbidden-1")
        return answer if answer.status_code != 200 else None

    answer = until(denied, "the forbid is in force", seconds=30)
    assert answer.status_code == 403
    told = answer.json()
    assert told["type"] == "urn:myelin:problem:denied-by-policy"
    assert (told["reason_code"], told["policies"]) == ("forbidden", ["no-rates-today"])
    assert "rates are not asked today" in told["detail"]


def test_a_caller_can_be_written_from_the_page(gated: ProjectCopy) -> None:
    """The program of docs/caller.md, with the variables of Orbit's task and nothing of ours, calls Axon; what
    Orbit does not declare, it cannot.
    """
    [code] = re.findall(
        r"^```python\n(.*?)^```$", CALLER.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    program = gated.path("caller.py")
    program.write_text(code, encoding="utf-8")
    [orbit] = [one.environ() for one in gated.processes() if one.environ().get("MYELIN_SERVICE") == "orbit"]

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(program), *arguments]
        return subprocess.run(command, env=orbit, capture_output=True, text=True, check=False, timeout=60)

    ran = call("axon", "reason", '{"input": "why"}')
    assert ran.stdout.startswith("200 "), ran.stdout + ran.stderr
    assert json.loads(ran.stdout.partition(" ")[2])["result"]["input_characters"] == 3
    assert "StopIteration" in call("axon", "erase", "{}").stderr


def test_a_task_whose_application_dies_is_replaced(gated: ProjectCopy) -> None:
    """Both containers are essential: no gate stands before nothing, and ECS starts another task."""
    [before] = gated.tasks("quotes")
    found = environment_of(gated, "quotes")
    [application] = [
        process
        for process in gated.processes()
        if process.environ().get("PORT") == found["PORT"] and "INTENTS" not in process.environ()
    ]
    psutil.Process(application.pid).kill()

    def replaced() -> bool:
        tasks = gated.tasks("quotes")
        return len(tasks) == 1 and tasks[0]["id"] != before["id"] and tasks[0]["health"] == "HEALTHY"

    until(replaced, "another task is healthy", seconds=30)
    assert not psutil.pid_exists(before["pid"])
