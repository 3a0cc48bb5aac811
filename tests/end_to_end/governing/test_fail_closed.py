"""Governance broken in every way that one can think of: Orbit refuses, says which, and never calls Axon.

Each test begins with a line that works and mends what it broke, but for the last one, which deletes the
function.
"""

from __future__ import annotations

import io
import os
import signal
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from cli.deployment.inputs import read_inputs
from sandbox.cloud import host as hosts
from tests.support.access.opened_table import opened_table
from tests.support.end_to_end import fault_proxy
from tests.support.end_to_end.axon_requests import AxonRequests
from tests.support.end_to_end.fault_proxy import FaultProxy, reconfigured
from tests.support.end_to_end.project import ProjectCopy, until
from tests.support.governance.publishing import publish_version

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("breakable")]

FAILING_FORBID = """
@id("overflows")
@reason("nobody reads this, the condition can not be evaluated")
forbid (principal, action, resource)
when { 9223372036854775807 + 1 > 0 };
"""
UNAVAILABLE = "urn:myelin:problem:governance-unavailable"
DENIED = "urn:myelin:problem:denied-by-policy"


@pytest.fixture
def line(breakable: ProjectCopy) -> ProjectCopy:
    """A deployed copy with a line that works."""
    if hosts.find(breakable.sandbox) is None:
        # tests before these end it
        breakable.up()
    until(lambda: breakable.dispatch("reason")[0] == 200, "a dispatch that works")
    return breakable


def function_processes(project: ProjectCopy) -> list[psutil.Process]:
    """The processes of the governance function that are alive, of every version of it."""
    functions = [item for item in project.status()["functions"] if item["name"].endswith("governance-decide")]
    pids = [process["pid"] for function in functions for process in function["processes"]]
    return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]


def signal_function(project: ProjectCopy, number: signal.Signals) -> list[psutil.Process]:
    """Signal every process of the governance function, of which there is at least one."""
    found = function_processes(project)
    assert found
    for process in found:
        os.kill(process.pid, number)
    return found


def lives(process: psutil.Process) -> bool:
    """Whether a process still runs; one that is dead and not yet collected does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def axon_gets_nothing_but(project: ProjectCopy, *allowed: str) -> Iterator[None]:
    """Exactly the calls with these correlation ids reach Axon inside the block."""
    requests = AxonRequests(project)
    before = requests.seen()
    yield
    assert requests.seen() - before == set(allowed)


def assert_denied(answer: tuple[int, Any, Any], code: str, kind: str = UNAVAILABLE) -> None:
    """The answer is a denial with this reason code."""
    status, headers, document = answer
    expected = 503 if kind == UNAVAILABLE else 403
    assert (status, document["reason_code"], document["type"]) == (expected, code, kind), document
    assert ("retry-after" in headers) == (kind == UNAVAILABLE)
    assert headers["content-type"] == "application/problem+json"
    assert document["policies"] == []


def test_governance_stands_still(line: ProjectCopy) -> None:
    """A function that does not answer is `governance_timeout`, and the next finds another. GOV-1, ORB-1"""
    with axon_gets_nothing_but(line, "after-timeout"):
        stopped = signal_function(line, signal.SIGSTOP)
        headers = {"x-correlation-id": "timeout"}
        assert_denied(line.dispatch("reason", headers=headers, patient=False), "governance_timeout")
        assert line.dispatch("reason", headers={"x-correlation-id": "after-timeout"})[0] == 200
    until(lambda: not any(map(lives, stopped)), "the end of those that stood still")
    decided = [
        item for item in line.logs("timeout", "request answered") if item["message"] == "governance decided"
    ]
    assert [item["reason_code"] for item in decided] == ["governance_timeout"]


def test_governance_killed_while_it_decides(line: ProjectCopy) -> None:
    """A function that dies during a decision is `governance_error`, and is not asked twice. GOV-1, ORB-1"""
    with axon_gets_nothing_but(line, "after-kill"):
        signal_function(line, signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(line.dispatch, "reason")
            until(lambda: _busy(line), "the function at work")
            signal_function(line, signal.SIGKILL)
            assert_denied(answer.result(), "governance_error")
        assert line.dispatch("reason", headers={"x-correlation-id": "after-kill"})[0] == 200


def test_governance_killed_between_calls(line: ProjectCopy) -> None:
    """kill -9 of the idle function, time and again, is no error of the next dispatch. GOV-1"""
    for _ in range(3):
        killed = signal_function(line, signal.SIGKILL)
        until(lambda: not any(map(lives, killed)), "the end of the killed")  # noqa: B023 - used at once
        status, _, answer = line.dispatch("reason")
        assert status == 200, answer


def test_policy_that_can_not_be_evaluated(line: ProjectCopy) -> None:
    """A forbid that can not be evaluated, which Cedar would skip, is `policy_error`. GOV-1, GOV-2"""
    written = line.path("policies/calls/rules/overflows.cedar")
    written.write_text(FAILING_FORBID, encoding="utf-8")
    try:
        publish_written(line)
    finally:
        written.unlink()
    until(lambda: line.dispatch("reason")[0] == 403, "the new version of the policies")
    with axon_gets_nothing_but(line):
        assert_denied(
            line.dispatch("reason", headers={"x-correlation-id": "overflow"}), "policy_error", DENIED
        )
    lines = line.logs("overflow", "request answered", "denied")
    decided = next(item for item in lines if item["service"] == "governance")
    assert ["`overflows`" in error for error in decided["errors"]] == [True]
    publish_written(line)


def test_policy_table_deleted(line: ProjectCopy) -> None:
    """Without its table governance can not know the policies: `store_unavailable`, at once. GOV-1, GOV-2"""
    dynamodb = line.client("dynamodb")
    table = line.platform.policy_table_name
    shape = dynamodb.describe_table(TableName=table)["Table"]
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    until(lambda: line.dispatch("reason")[0] == 503, "a look at the store")
    with axon_gets_nothing_but(line):
        assert_denied(line.dispatch("reason"), "store_unavailable")
    dynamodb.create_table(
        TableName=table,
        KeySchema=shape["KeySchema"],
        AttributeDefinitions=shape["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    with axon_gets_nothing_but(line):
        assert_denied(line.dispatch("reason"), "store_unavailable")
    publish_written(line)


@pytest.fixture(scope="module")
def proxy(breakable: ProjectCopy) -> Iterator[FaultProxy]:
    """DynamoDB, with faults to switch on."""
    made = FaultProxy(breakable.host.endpoint)
    yield made
    made.close()


@pytest.fixture
def behind(line: ProjectCopy, proxy: FaultProxy) -> Iterator[ProjectCopy]:
    """The line, with a warm function whose store can be made to fail; it relies on a version for 6 s."""
    bounds = {"POLICY_REFRESH_SECONDS": "0.5", "POLICY_STALENESS_SECONDS": "6"}
    with reconfigured(line, variables={"AWS_ENDPOINT_URL_DYNAMODB": proxy.endpoint, **bounds}):
        until(lambda: line.dispatch("reason")[0] == 200, "a dispatch that works")
        yield line


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault_proxy.THROTTLED, id="throttled"),
        pytest.param(fault_proxy.SLOW, id="slow", marks=pytest.mark.costly("waits for each time-out")),
    ],
)
def test_store_that_does_not_answer(behind: ProjectCopy, proxy: FaultProxy, fault: fault_proxy.Fault) -> None:
    """The known version decides up to the bound, then `stale_snapshot`; a function that knows none says
    `store_unavailable`. GOV-1, GOV-2
    """
    with proxy.failing(fault):
        assert behind.dispatch("reason")[0] == 200
        # shortly before it, what is left is too little for a grant
        until(lambda: behind.dispatch("reason")[2].get("reason_code") == "stale_snapshot", "the bound")
        with axon_gets_nothing_but(behind):
            assert_denied(behind.dispatch("reason"), "stale_snapshot")
            killed = signal_function(behind, signal.SIGKILL)
            until(lambda: not any(map(lives, killed)), "the end of the function that knew a version")

            def code_of_denial() -> Any:
                status, _, document = behind.dispatch("reason")
                assert status != 200
                return document.get("reason_code")

            # a new function that waits for a slow table may need longer than its caller waits for it
            until(lambda: code_of_denial() == "store_unavailable", "what a function that knows none says")
    until(lambda: behind.dispatch("reason")[0] == 200, "a dispatch that works again")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (fault_proxy.KEY_DENIED, "store_unavailable"),
        (fault_proxy.CLOCK_AHEAD, "clock_skewed"),
        (fault_proxy.SIGNATURE_EXPIRED, "clock_skewed"),
    ],
    ids=["key denied", "clock ahead", "signature expired"],
)
def test_store_that_answers_with_a_fault(
    behind: ProjectCopy, proxy: FaultProxy, fault: fault_proxy.Fault, code: str
) -> None:
    """Access to the key denied, and a clock that is not AWS's: denied at the next look. GOV-1, GOV-2"""
    with proxy.failing(fault):
        until(lambda: behind.dispatch("reason")[0] == 503, "the next look at the store")
        with axon_gets_nothing_but(behind):
            assert_denied(behind.dispatch("reason"), code)
    until(lambda: behind.dispatch("reason")[0] == 200, "a dispatch that works again")


def test_function_without_a_setting(line: ProjectCopy) -> None:
    """An exception in the decision's own code is `internal_error`. GOV-1"""
    with reconfigured(line, without="MYELIN_ENVIRONMENT"), axon_gets_nothing_but(line):
        assert_denied(line.dispatch("reason"), "internal_error")


@pytest.mark.parametrize(
    "code", ["def handler(event, context):\n    raise ValueError('x')\n", "import nothing_of_that_name\n"]
)
def test_function_that_raises(line: ProjectCopy, code: str) -> None:
    """An exception past the handler, or while it is loaded, is `governance_error`. GOV-1"""
    with reconfigured(line, archive=archive_of(code)), axon_gets_nothing_but(line):
        assert_denied(line.dispatch("reason"), "governance_error")


def test_function_deleted(line: ProjectCopy) -> None:
    """Without the function nobody can be asked: `governance_unreachable`. The last test. GOV-1, ORB-1"""
    name = line.platform.governance_function_name
    line.client("lambda").delete_function(FunctionName=name)
    with axon_gets_nothing_but(line):
        assert_denied(line.dispatch("reason"), "governance_unreachable")
        assert_denied(line.dispatch("erase"), "governance_unreachable")
    assert line.myelin("dispatch", "reason", "--tenant", "nobody-asked-yet", check=False).code == 1


def archive_of(code: str) -> bytes:
    """A code archive in which the handler's module is this text."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for package in ("lambdas", "lambdas/governance"):
            file.writestr(f"{package}/__init__.py", "")
        file.writestr("lambdas/governance/decide.py", code)
    return stream.getvalue()


def _busy(project: ProjectCopy) -> bool:
    return any(process["busy"] for item in project.status()["functions"] for process in item["processes"])


def publish_written(project: ProjectCopy) -> None:
    """Publish the policies as they are written in the copy; they have to pass every check."""
    inputs = read_inputs(project.project, project.world.environment)
    with opened_table(project) as client:
        publish_version(inputs.policies, project.platform.policy_table_name, client)
