from __future__ import annotations

from services.runtime.process.health import Dependency
from tests.support.services.doubles import Lines
from tests.support.services.troubled_app import TroubledApp

OPEN = Dependency(status="degraded", detail="open")
CLOSED = Dependency(status="ok", detail="closed")


def test_health_says_what_it_depends_on(lines: Lines) -> None:
    """200 with the dependencies; a dependency in trouble makes it degraded, not unhealthy (AXN-1, ORB-1)."""
    for dependency, status in ((CLOSED, "ok"), (OPEN, "degraded")):
        answer = TroubledApp(lambda state=dependency: {"thing": state}).client.get("/health")  # type: ignore[misc]
        state = answer.json()
        assert (answer.status_code, state["status"]) == (200, status)
        assert (state["service"], state["version"], state["instance"]) == ("tested", "1.0", "me")
    assert state["dependencies"] == {"thing": {"status": "degraded", "detail": "open"}}


def test_the_worse_state_of_a_dependency_counts(lines: Lines) -> None:
    """Two probes may know one dependency, such as a peer that calls and is called: trouble is not hidden."""
    for probes in ((CLOSED, OPEN), (OPEN, CLOSED)):
        troubled = TroubledApp(*(lambda state=state: {"thing": state} for state in probes))
        assert troubled.client.get("/health").json()["dependencies"]["thing"]["status"] == "degraded"


def test_health_is_503_while_draining(lines: Lines) -> None:
    """A process that stops asks for no new requests."""
    troubled = TroubledApp()
    troubled.parts.lifecycle.begin_drain()
    answer = troubled.client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
