"""Decisions of a moment ago, so that a busy service need not ask the same thing again at once.

A decision is remembered for seconds and only as long as no answer names another version of the policies:

    an answer by version A      remembered
    another one by version B    everything by A is forgotten
    older than `seconds`        forgotten

So a change of the policies reaches this service `seconds` after it reached governance at the latest, and at
the next answer at the earliest. What says nothing about the policies (an unavailable store, an invalid
request) is never remembered.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.runtime.governance.decision import CallQuestion, Decision
from services.runtime.governance.reason_codes import JUDGED


@dataclass(frozen=True, slots=True)
class _Entry:
    decision: Decision
    until: float


class DecisionCache:
    """A bounded memory of decisions, for threads."""

    def __init__(
        self, *, seconds: float, entries: int = 1024, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`seconds` is how old a decision may be, counted from when it was asked for. Raises ValueError."""
        if not 0 < seconds <= 60 or entries < 1:
            raise ValueError("a cache keeps at least one decision, for more than 0 and at most 60 seconds")
        self._seconds = seconds
        self._entries = entries
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._version: str | None = None
        self._decisions: OrderedDict[str, _Entry] = OrderedDict()

    def find(self, question: CallQuestion) -> Decision | None:
        """A decision on the same question, with the correlation id of this one."""
        key = _key(question)
        with self._lock:
            entry = self._decisions.get(key)
            if entry is None:
                return None
            if self._monotonic() >= entry.until:
                del self._decisions[key]
                return None
            self._decisions.move_to_end(key)
        return entry.decision.model_copy(update={"correlation_id": question.correlation_id})

    def keep(self, question: CallQuestion, decision: Decision, *, asked_at: float) -> None:
        """Remember an answer of governance to a question that was asked at this monotonic time."""
        with self._lock:
            if decision.policy_version is not None and decision.policy_version != self._version:
                self._decisions.clear()
                self._version = decision.policy_version
            if decision.reason_code not in JUDGED or decision.policy_version is None:
                return
            key = _key(question)
            self._decisions[key] = _Entry(decision, asked_at + self._seconds)
            self._decisions.move_to_end(key)
            while len(self._decisions) > self._entries:
                self._decisions.popitem(last=False)

    def __len__(self) -> int:
        """How many decisions are remembered."""
        return len(self._decisions)


def _key(question: CallQuestion) -> str:
    """Everything that a decision may depend on: all of the question but its correlation id."""
    asked = {name: value for name, value in question.payload().items() if name != "correlation_id"}
    return json.dumps(asked, sort_keys=True)
