"""A second, naive evaluator of Cedar, to compare the function's decisions with. It knows nothing of cedarpy.

How a decision is made: https://docs.cedarpolicy.com/auth/authorization.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.support.governance.naive.expressions import Expression
from tests.support.governance.naive.values import EvaluationError, Request, content


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy: its scope is three expressions and the conditions are `when`s and `unless`es."""

    id: str
    effect: Literal["permit", "forbid"]
    scope: tuple[tuple[str, Expression], ...]
    """The text of each part of the scope, and the expression that it stands for."""
    conditions: tuple[tuple[Literal["when", "unless"], Expression], ...] = ()

    def text(self) -> str:
        scope = ", ".join(text for text, _ in self.scope)
        conditions = "".join(f" {word} {{ {part.text()} }}" for word, part in self.conditions)
        return f'@id("{self.id}") @reason("why {self.id}") {self.effect} ({scope}){conditions};'

    def satisfied(self, request: Request) -> bool:
        """Whether the request fits the scope and every condition. Raises EvaluationError."""
        for _, part in self.scope:
            if not content(part.value(request), "bool"):
                return False
        for word, part in self.conditions:
            if content(part.value(request), "bool") is (word == "unless"):
                return False
        return True


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The code of the answer, the ids that determined it, and those of the policies that failed."""

    code: str
    policies: tuple[str, ...] = ()
    failed: frozenset[str] = frozenset()


def decide(policies: Sequence[Policy], request: Request) -> Decision:
    """Every policy is asked. A failure denies (stricter than Cedar), else a forbid, else a permit allows."""
    satisfied: dict[str, list[str]] = {"permit": [], "forbid": []}
    failed = set()
    for policy in policies:
        try:
            if policy.satisfied(request):
                satisfied[policy.effect].append(policy.id)
        except EvaluationError:
            failed.add(policy.id)
    if failed:
        return Decision(code="policy_error", failed=frozenset(failed))
    if satisfied["forbid"]:
        return Decision(code="forbidden", policies=tuple(sorted(satisfied["forbid"])))
    if satisfied["permit"]:
        return Decision(code="permitted", policies=tuple(sorted(satisfied["permit"])))
    return Decision(code="no_permit")
