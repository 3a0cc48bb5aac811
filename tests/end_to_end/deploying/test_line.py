"""The line as a platform engineer meets it: deployed, one call allowed, one denied, and where to look."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime

import pytest

from cli.main import app
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

SENT = "line-0b5e:of.this=test"
VERSION = re.compile(r"[0-9a-f]{64}")
LATENCIES = {"governance", "target", "total"}


# up, status, preview


def test_up_says_what_it_deployed(deployed: ProjectCopy) -> None:
    """`up --json` lists the three layers in order, each with its counts, plan and time, and what stands."""
    document = deployed.deployments[0].document
    assert document["changed"] is True
    assert [layer["stack"] for layer in document["layers"]] == [
        "sandbox-foundation",
        "sandbox-platform",
        "sandbox-workloads",
    ]
    for layer in document["layers"]:
        assert set(layer["counts"]) == {"create"}
        assert {change["action"] for change in layer["changes"]} == {"create"}
        assert layer["seconds"] > 0
    assert document["policy"]["changed"] is True
    assert VERSION.fullmatch(document["policy"]["version"])
    assert document["standing"]["healthy"] is True
    created = [layer["counts"]["create"] for layer in document["layers"]]
    assert created == list(document["standing"]["layers"].values())


def test_second_up_changes_nothing(deployed: ProjectCopy) -> None:
    """A second `up` says that there is nothing to do, runs no program, and starts and restarts nothing."""
    before = deployed.processes()
    again = deployed.up().document
    assert (again["changed"], again["layers"]) == (False, [])
    assert again["policy"] == {
        "version": deployed.deployments[0].document["policy"]["version"],
        "changed": False,
    }
    assert (again["mended"], again["problems"]) == ([], [])
    assert deployed.processes() == before
    shown = deployed.myelin("up", json=False)
    assert shown.stdout.startswith("no changes: sandbox is as declared (")
    assert f"address   {deployed.address}\n" in shown.stdout


def test_status_shows_what_runs(deployed: ProjectCopy) -> None:
    """`status` tells layers, services, addresses and policy version, the same that `up` ended with. ECS-4"""
    document = deployed.myelin("status").document
    ended = dict(deployed.deployments[0].document["standing"])
    # the policies are the same again, and may have changed in between
    published = document.pop("policy_published_at")
    assert datetime.fromisoformat(published) >= datetime.fromisoformat(ended.pop("policy_published_at"))
    # permissions are asked for all the time
    document.pop("permissions"), ended.pop("permissions")
    # lines are written all the time; how much is kept of them at most stays
    bounds = [
        {kind: kept["bound"] for kind, kept in each.pop("telemetry").items()} for each in (document, ended)
    ]
    assert bounds[0] == bounds[1]
    assert document == {"running": True, "deployed": True, **ended}
    assert set(document["layers"]) == {"foundation", "platform", "workloads"}
    assert [service["name"] for service in document["services"]] == ["axon", "orbit"]
    for service in document["services"]:
        assert (service["desired"], service["running"], service["healthy"]) == (2, 2, 2)
        assert service["rollout"] == "COMPLETED"
        assert service["task_definition"] == f"sandbox-{service['name']}:1"
    assert document["address"] == deployed.address
    assert document["endpoint"] == deployed.host.endpoint


def test_status_in_words(deployed: ProjectCopy) -> None:
    """Without --json, `status` says in lines what is deployed, how it is and where it is."""
    lines = deployed.myelin("status", json=False).stdout.splitlines()
    assert re.fullmatch(
        r"layers    \d+ recorded resources: foundation \d+, platform \d+, workloads \d+", lines[0]
    )
    assert re.fullmatch(r"release   1 \(\S+, \S+:user/operator\)", lines[1])
    told = [
        "service   axon: 2/2 healthy, 2 running (sandbox-axon:1)",
        "service   orbit: 2/2 healthy, 2 running (sandbox-orbit:1)",
        f"address   {deployed.address}",
        f"policies  version {deployed.deployments[0].document['policy']['version'][:12]}, "
        "a forbid is in force everywhere within 15 s",
        f"emulator  {deployed.host.endpoint}",
    ]
    assert [line for line in lines if line in told] == told


def test_preview_after_up_finds_nothing(deployed: ProjectCopy) -> None:
    """What was deployed is what is declared: the plan of the whole program is empty, and --exit-code is 0."""
    document = deployed.myelin("preview", "--exit-code").document
    assert document["changed"] is False
    counts = {layer["stack"]: layer["counts"] for layer in document["layers"]}
    created = {
        layer["stack"]: layer["counts"]["create"] for layer in deployed.deployments[0].document["layers"]
    }
    assert counts == {stack: {"same": count} for stack, count in created.items()}
    assert not any(layer["changes"] or layer["outputs_changed"] for layer in document["layers"])


def test_doctor_finds_nothing_wrong(deployed: ProjectCopy) -> None:
    """`doctor` is content with this machine, the files and the sandbox."""
    document = deployed.myelin("doctor").document
    assert document["healthy"] is True
    assert [check["subject"] for check in document["checks"] if check["verdict"] == "failed"] == []
    sandbox = next(check for check in document["checks"] if check["subject"] == "sandbox")
    assert sandbox["detail"] == f"process {deployed.host.pid} at {deployed.host.endpoint}"


# dispatch


def test_allowed_dispatch(deployed: ProjectCopy) -> None:
    """`dispatch reason` exits 0 with heartbeat, decision, version, ids and latency. GOV-3, AXN-1"""
    document = deployed.myelin("dispatch", "reason").document
    decision = document["decision"]
    assert (decision["allowed"], decision["reason_code"]) == (True, "permitted")
    assert decision["policies"] == ["orbit-may-reason-on-axon"]
    assert decision["policy_version"] == deployed.deployments[0].document["policy"]["version"]
    assert decision["correlation_id"] == document["correlation_id"]
    heartbeat = document["result"]["heartbeat"]
    assert (heartbeat["service"], heartbeat["status"]) == ("axon", "alive")
    assert set(document["latency_ms"]) == LATENCIES


def test_denied_dispatch(deployed: ProjectCopy) -> None:
    """`dispatch erase` exits 5 with the reason that the policy itself gives. GOV-1"""
    ran = deployed.myelin("dispatch", "erase", check=False)
    assert ran.code == 5
    written = deployed.path("policies/calls/rules/no-erase.cedar").read_text(encoding="utf-8")
    assert f'@reason("{ran.document["detail"]}")' in written
    assert (ran.document["reason_code"], ran.document["policies"]) == ("forbidden", ["no-erase"])


def test_dispatch_in_words(deployed: ProjectCopy) -> None:
    """Without --json, both answers are a few lines for people, and a denial says where its log lines are."""
    version = deployed.deployments[0].document["policy"]["version"][:12]
    allowed = deployed.myelin("dispatch", "reason", "--correlation-id", SENT, json=False).stdout
    assert re.fullmatch(
        r"allowed      orbit declares that it calls axon to reason \(permitted\)\n"
        r'result       {"heartbeat": {"service": "axon", [^\n]+}, "result": {"conclusion": [^\n]+}}\n'
        rf"policy       version {version}, decided by orbit-may-reason-on-axon\n"
        rf"correlation  {re.escape(SENT)}\n"
        r"latency      [\d.]+ ms \(governance [\d.]+ ms, target [\d.]+ ms\)\n",
        allowed,
    )
    denied = deployed.myelin("dispatch", "erase", "-e", "sandbox", json=False, check=False)
    assert denied.stdout.startswith("denied       erasing what a service remembers needs an approval")
    correlation_id = denied.stdout.split("correlation  ")[1].strip()
    assert re.fullmatch(rf"its log lines: \S*myelin logs --correlation-id {correlation_id}\n", denied.stderr)


# scripts


# a command leaves its connections to the end of its process
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("up", 0),
        ("up --dry-run", 0),
        ("status", 0),
        ("logs --limit 5", 0),
        ("logs -c nobody", 0),
        ("up nowhere", 2),
        ("status nowhere", 2),
        ("status dev --exit-code", 3),
        ("logs dev", 1),
        ("logs --service nosuch", 2),
        ("logs --since soon", 2),
        ("dispatch reason -e dev", 1),
        ("dispatch Reason", 2),
        ("down", 2),
    ],
)
def test_json_is_one_document(
    deployed: ProjectCopy,
    command: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With --json, whatever happens, stdout is one JSON document and everything else goes to stderr."""
    for name in set(os.environ) - set(deployed.environment()):
        monkeypatch.delenv(name)
    for name, value in deployed.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(deployed.root)
    # in this process: what starts anew, and writes past sys.stdout, is seen by the file descriptor
    with pytest.raises(SystemExit) as ended:
        app([*command.split(), "--json"])
    shown = capfd.readouterr()
    assert ended.value.code == code, shown.err
    document = json.loads(shown.out)
    if code not in (0, 3):
        assert document.get("status") == 400 or document["error"]["exit_code"] == code
