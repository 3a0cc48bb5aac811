"""How long large sets take: a decision about a target that was not asked about before, and answers to people.

20,000 policies on one caller and intent, each about a target of its own; and 100,000 over 1,000 services. The
documents are in memory: what is measured is the work, not the network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from policies.calls.changing.listing import version_record
from policies.calls.rehearsing.decision_changes import compare_decisions
from policies.calls.rehearsing.explain import explain_decision
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue, StoredCall
from policies.calls.versions.slices import PolicyVersion, cut
from policies.calls.versions.version import StoredVersion
from tests.benchmarks.governance import rules
from tests.benchmarks.governance.function import decider, store_of

ON_ONE_PAIR, OVER_ALL, SERVICES = 20_000, 100_000, 1_000
_NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_PEERS = 200
"""Services that are declared and asked about, of those that rules name."""


def measure_scale(*, rounds: int = 7) -> dict[str, float]:
    """Seconds, medians of the rounds; of the first decision, the one there is."""
    found: dict[str, float] = {}
    for name, sets in (("pair", _on_one_pair()), ("services", _over_all())):
        before, after, questions = sets
        found |= {
            f"{name}_{what}": seconds for what, seconds in _of(before, after, questions, rounds).items()
        }
    return found


def _of(
    before: PolicyVersion, after: PolicyVersion, questions: list[tuple[str, str]], rounds: int
) -> dict[str, float]:
    authorizer = decider(store_of(before.items, before.version)).authorizer

    def ask(service: str, target: str) -> None:
        answer = authorizer.answer({"service": service, "intent": rules.INTENT, "target": target})
        assert answer.reason_code.value in ("permitted", "no_permit"), answer

    first = _seconds(lambda: ask(*questions[0]))
    others = [_seconds(lambda asked=asked: ask(*asked)) for asked in questions[1 : 1 + 10 * rounds]]  # type: ignore[misc]
    service, target = questions[-1]
    event = {"service": service, "intent": rules.INTENT, "target": target}
    people: dict[str, Callable[[], object]] = {
        "explain_seconds": lambda: explain_decision(Rehearsal.of(before), event, at=_NOW, environment="prod"),
        "diff_seconds": lambda: compare_decisions(
            Rehearsal.of(before), Rehearsal.of(after), environments=("prod", "dev"), at=_NOW
        ),
        "version_seconds": lambda: version_record(
            StoredVersion(store_of(before.items, before.version), before.version)
        ),
    }
    return {
        "first_decision_seconds": first,
        "new_target_seconds": statistics.median(others),
        "new_target_worst_seconds": max(others),
        **{name: statistics.median(_seconds(ask) for _ in range(rounds)) for name, ask in people.items()},
    }


def _on_one_pair() -> tuple[PolicyVersion, PolicyVersion, list[tuple[str, str]]]:
    many = rules.RuleSet(policies=rules.own(ON_ONE_PAIR))
    peers = tuple(f"peer-{number * 90}" for number in range(_PEERS))
    services = tuple(sorted({rules.CALLER, rules.TARGET, "ledger", *peers}))
    catalogue = Catalogue(services=services)
    changed = rules.RuleSet(policies=tuple(_with_one_changed(many, "orbit-may-9000")))
    before, after = (cut(each.sources(), catalogue) for each in (many, changed))
    return before, after, [(rules.CALLER, peer) for peer in peers]


def _over_all() -> tuple[PolicyVersion, PolicyVersion, list[tuple[str, str]]]:
    many = rules.RuleSet(policies=tuple(rules.others(OVER_ALL)))
    names = tuple(f"service-{number:05}" for number in range(SERVICES))
    peers = tuple(f"peer-{number}" for number in range(100))
    calls = tuple(StoredCall(caller=name, callee="peer-0", intent=rules.INTENT) for name in names)
    catalogue = Catalogue(services=tuple(sorted({*names, *peers})), calls=calls)
    changed = rules.RuleSet(policies=tuple(_with_one_changed(many, "other-050050")))
    before, after = (cut(each.sources(), catalogue) for each in (many, changed))
    return before, after, [(name, f"peer-{number % 100}") for number, name in enumerate(names)]


def _with_one_changed(many: rules.RuleSet, name: str) -> Iterator[rules.Ruled]:
    for rule in many.policies:
        yield replace(rule, tenant="another") if rule.id == name else rule


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
