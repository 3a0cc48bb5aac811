"""Applications behind the gate, in a sandbox: the examples of docs/gate.md. GOV-4, OBS-4"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import httpx
import psutil
import pytest

from tests.support.effort import effort
from tests.support.end_to_end.gated import HAS_GO, Gated
from tests.support.end_to_end.project import until
from tests.support.enforcing.declarations import Declarations, Offered
from tests.support.enforcing.described_calls import ask_as_described
from tests.support.enforcing.played_caller import PlayedCallers, Wanted
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
needs_go = pytest.mark.skipif(
    not HAS_GO,
    reason="Go's example of docs/gate.md is not run: it is costly (make test-costly), or `go` is missing",
)


def dispatch(
    gated: Gated, intent: str, target: str, correlation: str, *, field: str = "item"
) -> httpx.Response:
    return gated.dispatch(intent, target, correlation=correlation, payload={field: "x"})


def environment_of(gated: Gated, service: str) -> dict[str, str]:
    """The variables of a service's application: the process that has PORT, GATE_URL and no INTENTS."""
    for process in gated.copy.processes():
        found = process.environ()
        if found.get("MYELIN_SERVICE") == service and "GATE_URL" in found and "INTENTS" not in found:
            return found
    raise AssertionError(f"no application of {service}")


def segments(gated: Gated, trace_id: str) -> list[dict[str, Any]]:
    found = gated.copy.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    return [json.loads(segment["Document"]) for trace in found for segment in trace["Segments"]]


def names(segment: dict[str, Any]) -> set[str]:
    inside = segment.get("subsegments", [])
    return {one["name"] for one in inside}.union(*(names(one) for one in inside))


@needs_node
def test_a_chain_of_four_has_one_correlation_id_and_one_trace(gated: Gated) -> None:
    """Orbit, FastAPI behind the gate, Node behind the gate, Axon: each hop is in the log under the one id,
    and in the one trace with its segments for decide, sign, call and verify.
    """
    answer = dispatch(gated, "quote", "quotes", CHAIN)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-correlation-id"] == CHAIN
    assert answer.json()["result"]["result"]["input_characters"] == len('{"item":"x"}')
    lines = gated.copy.logs(CHAIN, "heartbeat sent")
    admitted = {(line["caller"], line["service"]) for line in lines if line["message"] == "call admitted"}
    assert admitted == {("orbit", "quotes"), ("quotes", "rates"), ("rates", "axon")}
    assert {line["tenant"] for line in lines if line["message"] == "call admitted"} == {"acme"}

    def traced() -> dict[str, dict[str, Any]] | None:
        told = gated.copy.client("xray").get_trace_summaries(StartTime=0, EndTime=4_000_000_000)
        for summary in told["TraceSummaries"]:
            found = {one["name"]: one for one in segments(gated, summary["Id"]) if one["name"] in SERVICES}
            if len(found) == len(SERVICES) and CHAIN in str(found["orbit"]["annotations"]):
                return found
        return None

    by_name = until(traced, "the four segments are in one trace")
    assert {one["annotations"]["correlation_id"] for one in by_name.values()} == {CHAIN}
    calling = {"decide", "sign", "call"}
    assert calling <= names(by_name["orbit"])
    for name in ("quotes", "rates"):
        assert calling | {"verify", "application"} <= names(by_name[name])
    assert "verify" in names(by_name["axon"])


def test_clients_reach_the_declared_path_and_nothing_else(gated: Gated) -> None:
    """Through the load balancer, without a grant; another path of the application is not found, and an intent
    needs a signature, also at the gate's own port.
    """
    answer = gated.copy.request("GET", "/prices")
    assert (answer.status_code, answer.json()) == (200, {"quotes": "on request"})
    [task] = gated.copy.tasks("quotes")
    gate = f"http://127.0.0.1:{task['port']}"
    found = {
        path: gated.copy.request("POST", gate + path, json={}).status_code for path in ("/quote", "/docs")
    }
    assert found == {"/quote": 401, "/docs": 404}


def test_what_the_command_writes_behind_the_gate(gated: Gated) -> None:
    """`new service --gate` is dispatched to as it was written, and its own call is made on behalf of that."""
    answer = dispatch(gated, "greet", "greetings", "greet-1", field="input")
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert (result["asked_by"], result["payload"]) == ("orbit", {"input": "x"})
    assert result["answers"][0]["heartbeat"]["service"] == "axon"
    lines = gated.copy.logs("greet-1", "heartbeat sent")
    admitted = {(line["caller"], line["tenant"]) for line in lines if line["message"] == "call admitted"}
    assert admitted == {("orbit", "acme"), ("greetings", "acme")}


@pytest.mark.costly("compiles Go's library")
@needs_go
def test_go_behind_the_gate(gated: Gated) -> None:
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
def test_the_application_s_own_port_gives_nothing(gated: Gated, service: str, path: str) -> None:
    """Another process on this loopback finds the application, and without the token is told 403. Nor can it
    make calls in its name.
    """
    found = environment_of(gated, service)
    for token in ({}, {"x-myelin-gate-token": "guessed"}):
        headers = {"x-myelin-request": "0" * 32, "x-myelin-caller": "orbit", **token}
        direct = gated.copy.request(
            "POST", f"http://127.0.0.1:{found['PORT']}{path}", json={}, headers=headers
        )
        assert direct.status_code == 403
        call = gated.copy.request("POST", f"{found['GATE_URL']}/call/axon/reason", json={}, headers=token)
        assert call.status_code == 403


@needs_node
def test_a_forbid_on_the_third_hop_is_told_at_the_first(gated: Gated) -> None:
    """What governance denied to the third service, the client of the first one hears: 403, and why. GOV-1"""
    rule = gated.copy.path("policies/calls/rules/no-rates-today.cedar")
    rule.write_text(FORBID, encoding="utf-8")
    gated.copy.myelin("policy", "publish", "--yes")

    def denied() -> httpx.Response | None:
        answer = dispatch(gated, "quote", "quotes", "forbidden-1")
        return answer if answer.status_code != 200 else None

    answer = until(denied, "the forbid is in force", seconds=30)
    assert answer.status_code == 403
    told = answer.json()
    assert told["type"] == "urn:myelin:problem:denied-by-policy"
    assert (told["reason_code"], told["policies"]) == ("forbidden", ["no-rates-today"])
    assert "rates are not asked today" in told["detail"]

    rule.unlink()  # other tests have calls of this chain, too
    gated.copy.myelin("policy", "publish", "--yes")

    def allowed() -> bool:
        return dispatch(gated, "quote", "quotes", "allowed-again").status_code == 200

    until(allowed, "the forbid has gone", seconds=60)


@needs_node
def test_every_answer_of_a_gate_is_documented(gated: Gated) -> None:
    """Whatever its application says, and for calls that are signed and granted: status, headers, type and
    body are in its OpenAPI document, and none is a 5xx. The same of a door that needs tokens. GOV-4
    """
    declared = Declarations(
        offers={"quotes": (Offered(name="quote", safe_to_repeat=True, attributes=()),)},
        calls=frozenset({("orbit", "quotes", "quote")}),
    )
    callers = PlayedCallers(gated.copy, declared)
    quote = Wanted(caller="orbit", callee="quotes", intent="quote")
    for service in ("quotes", "orbit"):
        ask_as_described(callers, quote, service=service, examples=effort(10))


def test_a_caller_can_be_written_from_the_page(gated: Gated) -> None:
    """The program of docs/caller.md, with the variables of Orbit's task and nothing of ours, calls Axon; what
    Orbit does not declare, it cannot.
    """
    [code] = re.findall(
        r"^```python\n(.*?)^```$", CALLER.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    program = gated.copy.path("caller.py")
    program.write_text(code, encoding="utf-8")
    [orbit] = [
        one.environ() for one in gated.copy.processes() if one.environ().get("MYELIN_SERVICE") == "orbit"
    ]

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(program), *arguments]
        return subprocess.run(command, env=orbit, capture_output=True, text=True, check=False, timeout=60)

    ran = call("axon", "reason", '{"input": "why"}')
    assert ran.stdout.startswith("200 "), ran.stdout + ran.stderr
    assert json.loads(ran.stdout.partition(" ")[2])["result"]["input_characters"] == 3
    assert "StopIteration" in call("axon", "erase", "{}").stderr


def test_a_task_whose_application_dies_is_replaced(gated: Gated) -> None:
    """Both containers are essential: no gate stands before nothing, and ECS starts another task."""
    [before] = gated.copy.tasks("quotes")
    found = environment_of(gated, "quotes")
    [application] = [
        process
        for process in gated.copy.processes()
        if process.environ().get("PORT") == found["PORT"] and "INTENTS" not in process.environ()
    ]
    psutil.Process(application.pid).kill()

    def replaced() -> bool:
        tasks = gated.copy.tasks("quotes")
        return len(tasks) == 1 and tasks[0]["id"] != before["id"] and tasks[0]["health"] == "HEALTHY"

    until(replaced, "another task is healthy", seconds=30)
    assert not psutil.pid_exists(before["pid"])
