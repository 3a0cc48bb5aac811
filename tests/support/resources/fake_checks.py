"""Checks that a test says the answers of, in the place of checkov."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.resources.scanning.check_facts import ANY_TYPE, CheckFacts
from policies.resources.scanning.checker import BrokenCheck, CheckovResult, CheckovRun

Answer = Callable[[Mapping[str, Any]], bool | None]
"""Passes, fails, or says nothing of a planned resource's values; may raise."""


@dataclass(frozen=True, kw_only=True)
class FakeCheck:
    """A check of one resource that reads some attributes, or of resources that are `connected`."""

    answer: Answer
    id: str = "CKV_X_1"
    reads: tuple[str, ...]
    constants: tuple[Any, ...] = ()
    connected: tuple[str, ...] = ()

    @property
    def facts(self) -> CheckFacts:
        """What checkov's own source would tell of it."""
        words = {kind: frozenset(self.reads) for kind in self.connected or (ANY_TYPE,)}
        connected = frozenset(self.connected)
        return CheckFacts(id=self.id, words=words, constants=self.constants, connected=connected)


@dataclass(frozen=True, kw_only=True)
class FakeChecker:
    """Runs them on a plan as checkov does: what raises is broken, and what answers nothing has no result.

    `plans` keeps how many resources each run saw.
    """

    checks: tuple[FakeCheck, ...]
    plans: list[int] = field(default_factory=list)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(check.id for check in self.checks)

    def facts(self, terraform_type: str) -> tuple[CheckFacts, ...]:
        """Each check is about every type, or about those that it wants connected."""
        return tuple(
            check.facts for check in self.checks if not check.connected or terraform_type in check.connected
        )

    def run(
        self, plan: Mapping[str, Any], *, skipped: tuple[str, ...] = (), only: tuple[str, ...] = ()
    ) -> CheckovRun:
        """Ask each check about each resource."""
        changes = plan["resource_changes"]
        self.plans.append(len(changes))
        results, broken = [], []
        for check in self.checks:
            for change in changes:
                if check.id in skipped or (only and check.id not in only):
                    continue
                if check.connected and change["type"] not in check.connected:
                    continue
                try:
                    passed = check.answer(change["change"]["after"])
                except KeyError as error:
                    why = f"KeyError: {error}"
                    broken.append(BrokenCheck(id=check.id, why=why, title="t", address=change["address"]))
                    continue
                if passed is not None:
                    results.append(
                        CheckovResult(
                            id=check.id, title="t", address=change["address"], passed=passed, detail="d"
                        )
                    )
        return CheckovRun(results=tuple(results), broken=tuple(broken))
