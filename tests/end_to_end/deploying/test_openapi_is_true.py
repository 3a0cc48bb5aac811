"""What the OpenAPI documents say that one may ask, and other things, asked of the services that run."""

from __future__ import annotations

import pytest

from tests.support.effort import effort
from tests.support.end_to_end.project import ProjectCopy
from tests.support.enforcing.declarations import Declarations, Offered
from tests.support.enforcing.described_calls import ask_as_described
from tests.support.enforcing.played_caller import PlayedCallers, Wanted

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

ASKED = effort(15)
"""Cases of each operation, of which about half are not what the document describes."""

DECLARED = Declarations(
    offers={"axon": (Offered(name="reason", safe_to_repeat=True, attributes=("purpose",)),)},
    calls=frozenset({("orbit", "axon", "reason")}),
)
REASON = Wanted(caller="orbit", callee="axon", intent="reason")


@pytest.mark.parametrize("service", ["orbit", "axon"])
def test_every_answer_is_documented(deployed: ProjectCopy, service: str) -> None:
    """Status, headers, type and body of every answer are in the document, and none is a 5xx: whatever comes
    through the port of a task, and for calls that are signed and granted. AXN-1, ORB-1
    """
    ask_as_described(PlayedCallers(deployed, DECLARED), REASON, service=service, examples=ASKED)
