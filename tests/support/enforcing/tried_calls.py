"""Tries calls in every manner, honest ones and others, and judges what became of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any, Literal

from hypothesis import strategies as st

from tests.support.enforcing.declarations import Declarations
from tests.support.enforcing.played_caller import PlayedCallers, Wanted
from tests.support.enforcing.timeline import Timeline, allows
from tests.support.governance.naive.random_policies import INTENTS, SERVICES

Manner = Literal["honest", "kept", "borrowed", "none", "altered", "other name", "other key"]
MANNERS: tuple[Manner, ...] = (
    *("honest",) * 5,
    *("kept",) * 4,
    *("altered",) * 4,
    "borrowed",
    "none",
    "other name",
    "other key",
)
RESOLUTION = 0.001
"""Of the times in logs, in seconds."""


def wanted_calls(declared: Declarations) -> st.SearchStrategy[Wanted]:
    """Calls of these services, mostly declared ones."""
    members = st.fixed_dictionaries(
        {}, optional={"purpose": st.sampled_from(["dev", "a"]), "size": st.sampled_from([0, 1, -1, 7])}
    )
    any_edge = st.tuples(st.sampled_from(SERVICES), st.sampled_from(SERVICES), st.sampled_from(INTENTS))
    edge = st.one_of(st.sampled_from(sorted(declared.calls)), any_edge)
    return st.builds(
        lambda edge, **said: Wanted(caller=edge[0], callee=edge[1], intent=edge[2], **said),
        edge=edge,
        tenant=st.sampled_from([None, "a", 'q"\\*']),
        payload=members,
        context=members,
        unproven=st.booleans(),
    )


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A call that was tried."""

    manner: Manner
    sent: Wanted
    """As it was sent, by the service whose name it bears."""
    right_key: bool
    correlation_id: str
    status: int
    owed: bool
    """Whether it had to be carried out."""


@dataclass(kw_only=True)
class TriedCalls:
    """Makes calls, and remembers them and the grants that were given."""

    callers: PlayedCallers
    timeline: Timeline
    tried: list[Tried] = field(default_factory=list)
    grants: list[tuple[Wanted, str]] = field(default_factory=list)
    random: Random = field(default_factory=lambda: Random(1))

    def make(self, manner: Manner, meant: Wanted, other: Wanted) -> None:
        """Try one call. `other` is what it is altered to, or whose name or key it bears."""
        token = None
        if manner in ("kept", "borrowed", "altered"):
            # one that is still good, as a rule, where nothing else is to be wrong with it
            given = self.grants[-5:] if manner == "altered" else self.grants
            of, token = self.random.choice(given or [(meant, "")])
            meant = meant if manner == "borrowed" else of
        elif manner != "none":
            token = self._ask(meant)
        sent = meant
        if manner == "altered":
            sent = replace(meant, payload=other.payload, context=other.context, unproven=other.unproven)
        elif manner == "other name":
            sent = replace(meant, caller=other.caller)
        holder = other if manner == "other key" else replace(sent, caller=meant.caller)
        tried = self._send(manner, sent, holder, token)
        if tried.owed and tried.status == 403:
            # the grant may have ended on its way: asked for once more, as the kit does
            tried = self._send(manner, sent, holder, self._ask(meant))
        self.tried.append(tried)

    def _send(self, manner: Manner, sent: Wanted, holder: Wanted, token: str | None) -> Tried:
        keys = self.callers.keys
        # who has no key of its own uses one that it has no business with
        key = keys.get((holder.caller, holder.callee)) or next(iter(keys.values()))
        right = keys.get((sent.caller, sent.callee))
        prepared = self.callers.prepare(sent, token or None, key=replace(key, caller=sent.caller))
        answer = self.callers.send(prepared, sent.callee)
        return Tried(
            manner=manner,
            sent=sent,
            right_key=right is not None and right.secret == key.secret,
            correlation_id=prepared.correlation_id,
            status=answer.status_code,
            owed=manner == "honest" and token is not None and sent.edge in self.callers.declared.calls,
        )

    def _ask(self, meant: Wanted) -> str | None:
        """A grant. There has to be one if and only if our own evaluator allows it, and the caller asks by its
        own name.
        """
        question = meant.question(self.callers.declared)
        alias = meant.caller if meant.caller in self.callers.declared.callers() else None
        began = time.time()
        answer = self.callers.ask(question, alias=alias)
        policies = self.timeline.by_version(answer["policy_version"])
        assert answer["allowed"] in {allows(policies, question, at) for at in (began, time.time())}, answer
        token: str | None = answer.get("grant")
        assert (token is not None) == (answer["allowed"] and alias is not None), answer
        if token is not None:
            self.grants.append((meant, token))
        return token


def wrongs(tries: TriedCalls, lines: list[dict[str, Any]], *, bound: float) -> Iterator[str]:
    """What became of the calls and should not have: by the services' own logs and clocks."""
    admitted = {line["correlation_id"]: line for line in lines if line["message"] == "call admitted"}
    reached = {line["correlation_id"] for line in lines if line["message"] == "handler reached"}
    declared = tries.callers.declared
    for one in tries.tried:
        if one.correlation_id in reached:
            line = admitted[one.correlation_id]
            at = datetime.fromisoformat(line["timestamp"]).timestamp()
            may = (
                one.right_key
                and one.sent.edge in declared.calls
                and tries.timeline.allowed_within(
                    one.sent.question(declared), at - bound - RESOLUTION, at + RESOLUTION
                )
            )
            if not may or line["caller"] != one.sent.caller:
                yield f"reached a handler: {one}"
        elif one.owed:
            yield f"did not reach its handler: {one}"
        if (one.status == 200) != (one.correlation_id in reached):
            yield f"the answer is not what happened: {one}"
