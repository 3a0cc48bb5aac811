"""Policies can tell what nobody authenticated: by the context. GOV-4."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.language.cases import NOON
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut

FORBID = """
@id("tenants-are-proven") @reason("r") forbid (principal, action, resource)
when { context has tenant && !context.proven };
"""


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ({}, True),
        ({"tenant": "acme"}, True),
        ({"unproven": True}, True),
        ({"tenant": "acme", "unproven": True}, False),
        ({"tenant": "acme", "context": {"purpose": "x"}, "unproven": True}, False),
        ({"tenant": "acme", "context": {"purpose": "x"}}, True),
    ],
)
def test_a_tenant_counts_only_if_it_is_proven(policy: Any, said: dict[str, Any], allowed: bool) -> None:
    """The forbid applies to unproven tenants, and to nothing else."""
    written = policy.written("tenants-are-proven", "forbid", FORBID, None, None)
    version = Rehearsal.of(cut(policy.sources(policy("may"), written), Catalogue(services=("axon", "orbit"))))
    question = {"service": "orbit", "intent": "reason", "target": "axon", **said}
    answer = version.decide(question, at=NOON, environment="sandbox")
    assert (answer.allowed, answer.policies) == (allowed, ("may",) if allowed else ("tenants-are-proven",))


def test_a_schema_without_it_lets_nothing_through(policy: Any) -> None:
    """What it means that a request is unproven is not passed over."""
    schema = policy.sources().schema.replace("proven: Bool, ", "")
    version = Rehearsal.of(cut(policy.sources(policy("may"), schema=schema), Catalogue(services=("axon",))))
    for said in ({}, {"unproven": True}):
        question = {"service": "axon", "intent": "reason", "target": "axon", **said}
        answer = version.decide(question, at=NOON, environment="sandbox")
        assert (answer.allowed, answer.reason_code.value) == (False, "policy_error")
