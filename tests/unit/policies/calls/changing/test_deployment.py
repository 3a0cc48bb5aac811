"""Deploying the policy folder: what it brings in, what it leaves standing, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.changing.deployment import preview_deployment
from policies.calls.changing.errors import MergeConflictError
from policies.calls.rehearsing.errors import CasesFailedError, InvalidCaseError, ProtectedCaseError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.trail.chain import verified_entries, verify_chain
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from policies.calls.versions.version import StoredVersion
from tests.support.governance.publishing import deploy, publish

CATALOGUE = Catalogue(services=("axon", "ledger", "orbit"))


def deployed(dynamodb: Any, sources: Any) -> Any:
    expected = preview_deployment(cut(sources, CATALOGUE), "policies", dynamodb)
    made = deploy(cut(sources, CATALOGUE), "policies", dynamodb)
    assert made.version == expected
    assert PolicyStore(dynamodb, "policies").pointer().version == expected  # type: ignore[union-attr]
    return made


def names(dynamodb: Any) -> list[str]:
    store = PolicyStore(dynamodb, "policies")
    pointer = store.pointer()
    assert pointer is not None
    return sorted(rule.id for rule, _ in StoredVersion(store, pointer.version).policies())


def test_a_folder_that_was_merged_can_change_again(dynamodb: Any, policy: Any) -> None:
    """What the folder was is kept, though it never was current by itself; the next change is told from it."""
    deployed(dynamodb, policy.sources(policy("a")))
    publish("policies", policy.sources(policy("a"), policy("theirs")), CATALOGUE, dynamodb)
    for folder, wanted in ((("a", "b"), ["a", "b", "theirs"]), (("b",), ["b", "theirs"])):
        assert deployed(dynamodb, policy.sources(*(policy(name) for name in folder))).changed
        assert names(dynamodb) == wanted


def test_a_deployment_leaves_what_others_changed_meanwhile(dynamodb: Any, policy: Any) -> None:
    """The folder as it was changes nothing; the folder with a change brings in that change alone."""
    folder = policy.sources(policy("a"), policy("b"))
    assert deployed(dynamodb, folder).changed
    theirs = policy.sources(policy("a"), policy("b"), policy("emergency", "forbid"))
    publish("policies", theirs, CATALOGUE, dynamodb)
    assert not deployed(dynamodb, folder).changed
    assert names(dynamodb) == ["a", "b", "emergency"]
    assert deployed(dynamodb, policy.sources(policy("a"), policy("c"))).changed
    assert names(dynamodb) == ["a", "c", "emergency"]
    taken = policy.sources(policy("a"), policy("c"), policy("emergency", "forbid"))
    assert not deployed(dynamodb, taken).changed
    assert deployed(dynamodb, policy.sources(policy("a"))).changed
    assert names(dynamodb) == ["a"]


def test_a_policy_that_both_changed_is_a_conflict(dynamodb: Any, policy: Any) -> None:
    """Neither the folder's policy nor the other one is lost without a decision of a person."""
    deployed(dynamodb, policy.sources(policy("a"), policy("b")))
    publish("policies", policy.sources(policy("a", "forbid"), policy("b")), CATALOGUE, dynamodb)
    changed = policy.sources(policy("a", when="true"), policy("b"))
    with pytest.raises(MergeConflictError) as caught:
        deploy(cut(changed, CATALOGUE), "policies", dynamodb)
    assert caught.value.policies == ("a",)
    assert caught.value.message == (
        "the policy folder changed `a`, and so did another change since it was last deployed"
    )


def test_a_version_whose_cases_fail_is_not_deployed(dynamodb: Any, policy: Any) -> None:
    """The cases are asked of the version as it would be; when one fails the table stays as it is. GOV-2"""
    asks = {"service": "orbit", "intent": "reason", "target": "axon"}
    cases = [{"name": "it may", "request": asks, "expect": "allow"}]
    deploy(cut(policy.sources(policy("a")), CATALOGUE, cases), "policies", dynamodb)
    before = dynamodb.scan(TableName="policies")["Items"]
    with pytest.raises(CasesFailedError) as caught:
        deploy(cut(policy.sources(policy("b", "forbid")), CATALOGUE, cases), "policies", dynamodb)
    assert caught.value.message == (
        "1 of 1 cases fail, the first is `it may`: expected allow, but it is denied by `b`: why b"
    )
    with pytest.raises(InvalidCaseError, match="case 1 is not a case: `expect`: field required"):
        deploy(cut(policy.sources(), CATALOGUE, [{"name": "x", "request": asks}]), "policies", dynamodb)
    assert dynamodb.scan(TableName="policies")["Items"] == before


def test_a_deployment_does_not_drop_a_protected_case_with_its_policy(dynamodb: Any, policy: Any) -> None:
    """A folder without the policy and its case passes all of its cases, and is refused. GOV-5"""
    asks = {"service": "orbit", "intent": "reason", "target": "axon"}
    case = {"name": "never", "request": asks, "expect": "deny", "protected": True}
    deploy(cut(policy.sources(policy("no", "forbid")), CATALOGUE, [case]), "policies", dynamodb)
    opened = policy.sources(policy("may"))
    with pytest.raises(ProtectedCaseError, match="`never` would be dropped"):
        deploy(cut(opened, CATALOGUE), "policies", dynamodb)
    with pytest.raises(CasesFailedError):
        deploy(cut(opened, CATALOGUE, [case]), "policies", dynamodb)


def test_every_publish_is_in_the_audit_trail(dynamodb: Any, policy: Any) -> None:
    """Who, from which version to which, and what that changed, in the transaction of the change itself."""
    first = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb, actor="ada")
    second = deploy(cut(policy.sources(policy("b")), CATALOGUE), "policies", dynamodb, actor="bob")
    publish("policies", policy.sources(policy("b")), CATALOGUE, dynamodb, actor="eve")
    ledger = PolicyLedger(dynamodb, "policies")
    one, two = (entry.record for entry in verified_entries(ledger.all_links()))
    assert (one.actor, one.before, one.after) == ("ada", None, first.version)
    assert (two.actor, two.before, two.after) == ("bob", first.version, second.version)
    assert two.details["added"] == {"count": 1, "ids": ["b"]}
    assert two.details["removed"] == {"count": 1, "ids": ["a"]}
    assert verify_chain(ledger.all_links(), ()) == ledger.head()
