"""Policies change while Orbit dispatches: 50 publishes and 10 rollbacks, and no answer is of a wrong version.

`make test` does half of them.

The function looks at the pointer for every decision here (`POLICY_REFRESH_SECONDS` next to nothing), so an
answer has to name a version that was current at some moment of its call. With a longer refresh it may name
one that was current that much earlier.

One caller asks, one call after the other: two at once may have the function start a second process, which on
a busy machine takes longer than Orbit waits for an answer, as a cold start on AWS may.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from policies.calls.changing.editing import ChangeRequest, Editor
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from tests.support.access.opened_table import opened_table
from tests.support.effort import LONG
from tests.support.end_to_end.fault_proxy import reconfigured
from tests.support.end_to_end.project import ProjectCopy, until

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("breakable"),
    pytest.mark.costly("publishes fifteen times under load"),
]

PUBLISHES, ROLLBACKS = (50, 10) if LONG else (9, 3)
POLICY = """@id("changing")
@reason("number %d of those that come and go")
permit (principal == Service::"orbit", action == Action::"reason", resource == Service::"axon")
when { context has tenant && context.tenant == "tenant-%d" };"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One dispatch: when it began and ended (monotonic seconds), how, and by which version."""

    began: float
    ended: float
    outcome: str
    """`200`, or the status with the reason."""
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A version became current at some time between the two."""

    version: str
    not_before: float
    not_after: float


class Load:
    """Dispatches one call after the other on a thread of its own, until it is told to end."""

    def __init__(self, project: ProjectCopy) -> None:
        self._url = f"{project.address}/dispatch"
        self._stop = threading.Event()
        self.calls: list[Call] = []

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not self._stop.is_set():
                began = time.monotonic()
                # a tenant of its own, so that no grant from before answers it
                body = {"intent": "reason", "tenant": uuid.uuid4().hex}
                answer = client.post(self._url, json=body)
                ended, document = time.monotonic(), answer.json()
                outcome = " ".join([str(answer.status_code), *_reason(document)])
                self.calls.append(Call(began=began, ended=ended, outcome=outcome, version=_version(document)))

    def stop(self) -> None:
        self._stop.set()

    def wait_for_more(self, than: int) -> None:
        """Wait until more calls than these have ended."""
        until(lambda: len(self.calls) > than or self._stop.is_set(), "a call that ends", seconds=60)


def _reason(document: dict[str, Any]) -> list[str]:
    return [str(document[name]) for name in ("reason_code", "detail") if name in document]


def _version(document: dict[str, Any]) -> str | None:
    found = document.get("decision", document).get("policy_version")
    return found if isinstance(found, str) else None


@pytest.fixture
def project(breakable: ProjectCopy) -> Iterator[ProjectCopy]:
    """A deployed copy whose function looks at the store for every decision; it gets its policies back."""
    table, client = breakable.platform.policy_table_name, breakable.client("dynamodb")
    before = PolicyStore(client, table).pointer()
    assert before is not None
    with reconfigured(breakable, variables={"POLICY_REFRESH_SECONDS": "0.000001"}):
        until(lambda: breakable.dispatch("reason")[0] == 200, "a dispatch that works")
        with opened_table(breakable):
            yield breakable
            Editor(PolicyStore(client, table), PolicyLedger(client, table)).rollback(
                before.version, ChangeRequest(actor="tester")
            )


def test_every_answer_names_a_version_that_was_current(project: ProjectCopy) -> None:
    """None fails, and each version is one that was current at some moment of the call. GOV-2"""
    table = project.platform.policy_table_name
    client = project.client("dynamodb")
    editor = Editor(PolicyStore(client, table), PolicyLedger(client, table))
    first = PolicyStore(client, table).pointer()
    assert first is not None
    changes = [Change(version=first.version, not_before=float("-inf"), not_after=float("-inf"))]
    load = Load(project)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(load.run)
        try:
            for number in range(PUBLISHES):
                ended = len(load.calls)
                changes.append(_change(editor, number))
                # so that calls and changes keep pace, whatever else the machine does
                load.wait_for_more(ended)
                if number % (PUBLISHES // ROLLBACKS) == 0:
                    changes.append(_rollback(editor, first.version))
        finally:
            load.stop()
        running.result()
    assert len(changes) == 1 + PUBLISHES + ROLLBACKS
    assert len(load.calls) >= PUBLISHES
    assert Counter(call.outcome for call in load.calls) == {"200": len(load.calls)}
    wrong = [call for call in load.calls if call.version not in _current_during(changes, call)]
    assert wrong == []
    assert len({call.version for call in load.calls}) >= PUBLISHES // 3


def _change(editor: Editor, number: int) -> Change:
    began = time.monotonic()
    made = editor.put("changing", POLICY % (number, number), ChangeRequest(actor="tester"))
    return Change(version=made.version, not_before=began, not_after=time.monotonic())


def _rollback(editor: Editor, version: str) -> Change:
    began = time.monotonic()
    made = editor.rollback(version, ChangeRequest(actor="tester"))
    return Change(version=made.version, not_before=began, not_after=time.monotonic())


def _current_during(changes: list[Change], call: Call) -> set[str]:
    """The versions that may have been current at some moment of a call."""
    found = set()
    for index, change in enumerate(changes):
        ends = changes[index + 1].not_after if index + 1 < len(changes) else float("inf")
        if change.not_before <= call.ended and ends >= call.began:
            found.add(change.version)
    return found
