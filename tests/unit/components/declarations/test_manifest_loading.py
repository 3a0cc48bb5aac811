"""Declarations that are right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.declarations.declaration import (
    DeclaredHealthCheck,
    IntentDeclaration,
    Objectives,
    Runtime,
    Scaling,
    Tier,
)
from components.declarations.errors import DeclarationError, UnknownServiceError
from components.declarations.loader import inspect_services, load_services
from components.declarations.services import Edge, ManifestCall
from tests.support.paths import ROOT
from tests.support.recording.declarations import INTENT, declared, minimal, write


def test_reference_workload() -> None:
    """Axon and Orbit are declared, and Orbit alone may ask Axon to reason."""
    services = load_services(ROOT / "services")
    assert services.names == ("axon", "orbit")
    assert services.calls == (ManifestCall(caller="orbit", callee="axon", intent="reason"),)
    axon, orbit = services.services
    assert (axon.tier, axon.port, axon.ingress) == (Tier.ISOLATED, 8081, None)
    assert axon.intents == (IntentDeclaration(name="reason", safe_to_repeat=True, attributes=("purpose",)),)
    assert list(axon.secrets) == ["heartbeat-key"]
    assert (orbit.tier, orbit.port, orbit.intents) == (Tier.PRIVATE, 8080, ())
    assert orbit.ingress is not None
    assert orbit.ingress.paths == ("/dispatch", "/health", "/openapi.json")


def test_calls_know_where_they_are_declared() -> None:
    """A call names the file and the line of its intent, so that a mistake found later is found there."""
    [call] = load_services(ROOT / "services").calls
    assert call.path == ROOT / "services" / "orbit" / "service.toml"
    assert call.line is not None
    assert call.path.read_text().splitlines()[call.line - 1] == 'intent = "reason"'


def test_defaults(tmp_path: Path) -> None:
    """What is not declared has the documented defaults."""
    service = declared(tmp_path, solo=minimal("solo", 9000)).get("solo")
    assert service.health == DeclaredHealthCheck(
        path="/health", interval=10, timeout=5, retries=3, start_period=10
    )
    assert service.scaling == Scaling(min=2, max=6, cpu_percent=60)
    assert service.objectives == Objectives(latency_p99_ms=500, error_rate_percent=5)
    assert (service.calls, dict(service.secrets), dict(service.environment)) == ((), {}, {})
    assert (service.intents, service.runtime) == ((), Runtime.KIT)


def test_call_graph(tmp_path: Path) -> None:
    """Callers, callees and edges follow from the calls; two intents of one pair are one edge."""
    more = '[[calls]]\nservice = "b"\nintent = "erase"\n'
    services = declared(
        tmp_path,
        a=minimal("a", 9001, calls=("c", "b")) + more,
        b=minimal("b", 9002, calls=("c",)) + INTENT + INTENT.replace("reason", "erase"),
        c=minimal("c", 9003),
    )
    assert services.edges == (
        Edge(caller="a", callee="b"),
        Edge(caller="a", callee="c"),
        Edge(caller="b", callee="c"),
    )
    assert [call.intent for call in services.calls_of("a")] == ["erase", "reason", "reason"]
    assert services.callers_of("c") == ("a", "b")
    assert services.callees_of("a") == ("b", "c")
    assert services.edges_of("b") == (Edge(caller="a", callee="b"), Edge(caller="b", callee="c"))
    assert services.edges[0].key == "a-b"


def test_folders_without_declaration_are_no_services(tmp_path: Path) -> None:
    """A folder such as runtime/ beside the services is left alone, whatever it is called."""
    (tmp_path / "services" / "Not_A_Service").mkdir(parents=True)
    assert declared(tmp_path, solo=minimal("solo", 9000)).names == ("solo",)


def test_unknown_service_names_those_that_exist() -> None:
    """Asking for a service that is not declared says which there are."""
    with pytest.raises(UnknownServiceError) as caught:
        load_services(ROOT / "services").get("dendrite")
    assert (caught.value.message, caught.value.hint) == (
        "there is no service `dendrite`",
        "declared are axon, orbit",
    )


def test_a_secret_becomes_a_variable() -> None:
    """Hyphens become underscores, letters capitals."""
    axon = load_services(ROOT / "services").get("axon")
    assert axon.secret_variable("heartbeat-key") == "HEARTBEAT_KEY"


@pytest.mark.parametrize("module", ["components.declarations", "stacks.settings"])
def test_reading_needs_no_cloud_library(module: str) -> None:
    """Declarations and settings can be read without paying for pulumi, boto3 or pulumi_aws."""
    code = (
        f"import sys, {module}; "
        "print([name for name in ('pulumi', 'pulumi_aws', 'boto3', 'uv') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_all_that_is_wrong_is_found(tmp_path: Path) -> None:
    """An inspection tells every mistake, of every file and between files, and none that only follows from
    another: a call of a service that cannot be read is not said to go nowhere.
    """
    folder = write(
        tmp_path,
        axon=minimal("axon", 9000).replace("cpu = 256", 'cpu = "much"').replace("port = 9000", "port = 1"),
        broken="port = [",
        orbit=minimal("orbit", 9001, calls=("axon", "broken", "nowhere")),
        solo=minimal("solo", 9001),
    )
    found = inspect_services(folder)
    assert [(error.path.parent.name, error.line, error.message) for error in found.errors] == [
        ("axon", 3, "`port` must be a port from 1024 to 49151, not `1`"),
        ("axon", 4, '`cpu` must be a number of CPU units, not `"much"`'),
        ("broken", 1, "malformed TOML: invalid value"),
        ("solo", 3, "`orbit` and `solo` both use port `9001`"),
        ("orbit", 13, "`orbit` calls `nowhere`, which is not declared"),
    ]
    assert found.services.names == ("orbit", "solo")
    with pytest.raises(DeclarationError, match="`port` must be a port"):
        load_services(folder)
