"""How long a decision takes: in our function at 10 and at 100,000 policies, and in its peers.

All are asked in turn, a few calls each, round after round, so that a busy moment of the machine is shared by
all; what is compared are medians of the rounds. Lines of the log go to /dev/null, written as on Lambda.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import casbin
import cedarpy
import regopy
from casbin.model import fast_policy_filter

from tests.benchmarks.governance import rules
from tests.benchmarks.governance.function import decider, stored

FEW, MANY = 10, 100_000
_CALLS = 20
_PEERS = ("regopy", "casbin")


def measure_speed(*, rounds: int, slice_: int) -> dict[str, float]:
    """Microseconds of one decision by each, and what they are to each other, for slices of this size."""
    many = rules.rule_set(MANY, slice_)
    subjects = {
        "bare": _cedar(slice_),
        **_ours("few", rules.rule_set(max(FEW, slice_), slice_)),
        **_ours("many", many),
        "decision_of_claims": _decision(many, rules.CLAIMING),
        "regopy": _regopy(rules.own(slice_), named=True),
        "regopy_nameless": _regopy(rules.own(slice_), named=False),
        "regopy_narrow": _regopy(rules.about_target(slice_), named=True),
        "casbin": _casbin(many, named=True),
        "casbin_nameless": _casbin(many, named=False),
    }
    took = _in_turn(subjects, rounds)
    ours = took["decision_many"]
    ratios = {
        "many_to_few": ours / took["decision_few"],
        "handler_to_bare": took["handler_many"] / took["bare"],
        "decision_to_bare": ours / took["bare"],
        "claims_to_decision": took["decision_of_claims"] / ours,
        **{
            f"{name}_to_decision": took[name] / ours for name in took if name.startswith(("regopy", "casbin"))
        },
    }
    return {f"{name}_us": microseconds for name, microseconds in took.items()} | ratios


def _in_turn(subjects: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in subjects}
    before = sys.stdout
    with Path("/dev/null").open("w") as nowhere:
        sys.stdout = nowhere
        try:
            for call in subjects.values():
                call()
            for _ in range(rounds):
                for name, call in subjects.items():
                    started = time.perf_counter()
                    for _ in range(_CALLS):
                        call()
                    times[name].append((time.perf_counter() - started) / _CALLS * 1e6)
        finally:
            sys.stdout = before
    return {name: statistics.median(found) for name, found in times.items()}


def _ours(name: str, rule_set: rules.RuleSet) -> dict[str, Callable[[], object]]:
    made = decider(stored(rule_set))
    answer = made.authorizer.answer(rules.QUESTION)
    assert answer.policies == ("orbit-may",), answer
    return {
        f"handler_{name}": lambda: made.handler(rules.QUESTION, None),
        f"decision_{name}": lambda: made.authorizer.answer(rules.QUESTION),
    }


def _decision(rule_set: rules.RuleSet, question: dict[str, Any]) -> Callable[[], object]:
    """Of a question of its own: one that carries claims of its caller, which have to be checked each time."""
    authorizer = decider(stored(rule_set)).authorizer
    assert authorizer.answer(question).allowed
    return lambda: authorizer.answer(question)


def _cedar(slice_: int) -> Callable[[], object]:
    """The bare call on parsed handles of the same slice, with the same checks of the request."""
    policies = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in rules.own(slice_)))
    schema, entities = cedarpy.Schema.from_str(rules.SCHEMA), cedarpy.Entities.from_json_str("[]")
    request: dict[str, Any] = {
        "principal": {"type": "Service", "id": rules.CALLER},
        "action": {"type": "Action", "id": rules.INTENT},
        "resource": {"type": "Service", "id": rules.TARGET},
        "context": {
            "environment": "prod",
            "time": {"__extn": {"fn": "datetime", "arg": "2026-11-22T09:30:00.000Z"}},
            "tenant": rules.TENANT,
        },
    }
    assert cedarpy.is_authorized(request, policies, entities, schema=schema).allowed
    return lambda: cedarpy.is_authorized(request, policies, entities, schema=schema)


def _regopy(chosen: tuple[rules.Ruled, ...], *, named: bool) -> Callable[[], object]:
    """A bundle of these rules, built once; each call sets its input, as each request has another.

    `named`: the decision tells which rules made it, as ours does.
    """
    builder = regopy.Interpreter()
    builder.add_module("governance.rego", rules.rego_module(chosen, named=named))
    bundle = builder.build(None, [rules.REGO_ENTRYPOINT])
    runner = regopy.Interpreter()

    def ask() -> Any:
        runner.set_input(rules.REGO_INPUT)
        return runner.query_bundle_entrypoint(bundle, rules.REGO_ENTRYPOINT)

    assert "true" in str(ask()), ask()
    return ask


def _casbin(rule_set: rules.RuleSet, *, named: bool) -> Callable[[], object]:
    """The enforcer that finds rules by caller and intent, over the whole set.

    `named`: it tells the rule that it met.
    """
    model = casbin.FastEnforcer.new_model(_Order, text=rules.CASBIN_MODEL)
    enforcer = casbin.FastEnforcer(model, cache_key_order=_Order._cache_key_order)
    held = enforcer.model["p"]["p"].policy
    for row in rules.casbin_rows(rule_set):
        # past `add_policy`, which first looks through all of them for the same rule
        held.append(row)
    enforcer.build_role_links()
    assert enforcer.enforce(*rules.CASBIN_REQUEST)
    assert not enforcer.enforce(rules.CALLER, rules.INTENT, "ledger", rules.TENANT)
    assert not enforcer.enforce(rules.CALLER, rules.INTENT, rules.TARGET, "evil")
    if not named:
        return lambda: enforcer.enforce(*rules.CASBIN_REQUEST)

    def ask() -> Any:
        with fast_policy_filter(held, rules.CALLER, rules.INTENT):
            return enforcer.enforce_ex(*rules.CASBIN_REQUEST)

    assert ask()[0], ask()
    return ask


class _Order:
    """By which members of a request casbin indexes: caller and intent."""

    _cache_key_order = (0, 1)
