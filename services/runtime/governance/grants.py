"""Grants that governance gave, used again for the same question until they end: a warm call asks nobody.

    the same question again        the grant, until a second before it expires
    many at once                   one asks, the others wait for its answer
    a refused grant                is dropped, and asked for again
    more questions than fit        the one that was used longest ago is forgotten

An edge has a quota of its own, so that one caller's many tenants push out nobody else's grants. Denials are
not kept: each is asked for.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.runtime.deadline import Deadline
from services.runtime.governance.decision import CallQuestion, Decision

MARGIN_SECONDS = 1.0
"""A grant is not sent in its last second: it would end on its way."""

QUOTA = 512
"""Grants kept for each edge; one takes about two kilobytes."""


class Decider(Protocol):
    """Asks governance. See `services.runtime.governance.AsyncGovernance`; never raises."""

    async def decide(self, question: CallQuestion, deadline: Deadline | None = None) -> Decision:
        """The decision, or a denial that says why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    decision: Decision
    until: float


_NOTHING: Mapping[str, _Kept] = {}


class Grants:
    """The grants of one process. It belongs to one event loop."""

    def __init__(
        self,
        *,
        governance: Decider,
        quota: int = QUOTA,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        self._governance = governance
        self._quota = quota
        self._epoch_seconds = epoch_seconds
        self._kept: dict[tuple[str, str | None], OrderedDict[str, _Kept]] = {}
        self._asking: dict[str, asyncio.Task[Decision]] = {}

    async def decide(self, question: CallQuestion, due: Deadline) -> Decision:
        """The decision, with a grant if it allows. Kept grants have the correlation id of this question."""
        edge, key = _names(question)
        # clients name what they like: only an edge with a grant takes room
        kept = self._kept.get(edge, _NOTHING).get(key)
        if kept is not None and self._epoch_seconds() < kept.until:
            self._kept[edge].move_to_end(key)
            return kept.decision.model_copy(update={"correlation_id": question.correlation_id})
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(question, due, edge, key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
            return await asyncio.shield(task)
        decision = await asyncio.shield(task)
        theirs = decision.grant is not None and not decision.grant_reusable
        if theirs or decision.reason_code == "governance_timeout":
            # that grant, or that deadline, was of the request that asked
            return await self._ask(question, due, edge, key)
        return decision.model_copy(update={"correlation_id": question.correlation_id})

    def drop(self, question: CallQuestion, refused: str) -> None:
        """Forget a grant for a question, because the callee refused it; not one that has come since."""
        edge, key = _names(question)
        kept = self._kept.get(edge, _NOTHING).get(key)
        if kept is not None and kept.decision.grant == refused:
            del self._kept[edge][key]

    async def _ask(
        self, question: CallQuestion, due: Deadline, edge: tuple[str, str | None], key: str
    ) -> Decision:
        decision = await self._governance.decide(question, due)
        if decision.allowed and decision.grant and decision.grant_reusable and decision.grant_expires_at:
            kept = self._kept.setdefault(edge, OrderedDict())
            kept[key] = _Kept(decision, decision.grant_expires_at - MARGIN_SECONDS)
            kept.move_to_end(key)
            while len(kept) > self._quota:
                kept.popitem(last=False)
        return decision


def _names(question: CallQuestion) -> tuple[tuple[str, str | None], str]:
    """The edge, and the whole question but its correlation id."""
    asked = {name: value for name, value in question.payload().items() if name != "correlation_id"}
    return (question.intent, question.target), json.dumps(asked, sort_keys=True)
