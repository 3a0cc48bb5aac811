from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.deciding.evaluate import CedarRequest, PolicyVerdict, Ruleset
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import Rule, manifest_from, root_from, slice_from
from policies.calls.versions.errors import RulesError, TooLargeError
from policies.calls.versions.slices import MAX_SLICE_BYTES, PolicyVersion, cut, needed_slices
from tests.support.effort import effort

SERVICES = ("axon", "ledger", "orbit")
INTENTS = ("erase", "reason")


@st.composite
def policy_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(0, 8))
    return [
        {
            "name": f"p{index}",
            "effect": draw(st.sampled_from(["permit", "permit", "forbid"])),
            "principal": draw(st.sampled_from([None, *SERVICES, "ghost"])),
            "action": draw(st.sampled_from([None, *INTENTS])),
            "resource": draw(st.sampled_from([None, *SERVICES])),
            "when": draw(
                st.sampled_from(
                    [
                        "",
                        "",
                        'context.tenant == "a"',
                        'context has tenant && context.tenant == "a"',
                        'context.environment == "dev"',
                        "false",
                    ]
                )
            ),
        }
        for index in range(count)
    ]


requests = st.tuples(
    st.sampled_from(SERVICES),
    st.sampled_from(INTENTS),
    st.sampled_from(SERVICES),
    st.sampled_from([None, "a", "b"]),
)


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def access(request: tuple[str, str, str, str | None]) -> CedarRequest:
    service, intent, target, tenant = request
    return CedarRequest(
        service=service, intent=intent, target=target, environment="dev", time=NOW, tenant=tenant
    )


def full(policies: Sequence[Any], schema: str, request: tuple[str, str, str, str | None]) -> PolicyVerdict:
    """The decision of the whole set at once."""
    rules = [Rule(id=p.id, effect=p.effect, reason=p.reason, text=p.text) for p in policies]
    return Ruleset(scope_rules(rules)).evaluate(access(request), Vocabulary(schema))


def sliced(version: PolicyVersion, schema: str, request: tuple[str, str, str, str | None]) -> PolicyVerdict:
    """The decision of the slices alone that the request needs, read back from their documents."""
    bodies = {item.digest: item.body for item in version.items}
    root = root_from(version.root.body)
    manifests = [manifest_from(bodies[name]) for name in (root.services[request[0]], root.everyone)]
    rules = [
        rule for name in needed_slices(request[1], *manifests) for rule in slice_from(bodies[name]).rules
    ]
    return Ruleset(scope_rules(rules)).evaluate(access(request), Vocabulary(schema))


def comparable(verdict: PolicyVerdict) -> tuple[ReasonCode, str, tuple[str, ...], set[str]]:
    return verdict.code, verdict.reason, verdict.policies, set(verdict.errors)


@settings(max_examples=effort(100))
@given(policy_sets(), requests)
def test_a_sliced_decision_equals_that_of_the_full_set(
    policy_class: Any, drawn: list[dict[str, Any]], request_: tuple[str, str, str, str | None]
) -> None:
    """Code, reason, determining policies and errors are the same; cutting decides nothing. GOV-1"""
    policy = policy_class()
    sources = policy.sources(*(policy(**fields) for fields in drawn))
    version = cut(sources, Catalogue(services=SERVICES))
    assert comparable(sliced(version, sources.schema, request_)) == comparable(
        full(sources.policies, sources.schema, request_)
    )


@settings(max_examples=effort(50))
@given(policy_sets(), st.randoms(use_true_random=False))
def test_order_does_not_matter(policy_class: Any, drawn: list[dict[str, Any]], random: Any) -> None:
    """The same set in another order is the same version, byte for byte."""
    policy = policy_class()
    policies = [policy(**fields) for fields in drawn]
    shuffled = policies.copy()
    random.shuffle(shuffled)
    calls = [policy.call("orbit", "axon", "reason"), policy.call("axon", "ledger", "reason")]
    one = cut(policy.sources(*policies), Catalogue(services=SERVICES, calls=tuple(calls)))
    other = cut(policy.sources(*shuffled), Catalogue(services=SERVICES[::-1], calls=tuple(calls[::-1])))
    assert one == other


@settings(max_examples=effort(50))
@given(policy_sets(), policy_sets(), requests)
def test_more_forbids_never_allow_more(
    policy_class: Any,
    drawn: list[dict[str, Any]],
    added: list[dict[str, Any]],
    request_: tuple[str, str, str, str | None],
) -> None:
    """Adding a forbid never turns a denial into an allow."""
    policy = policy_class()
    before = [policy(**fields) for fields in drawn]
    forbids = [policy(**{**f, "name": f"f{i}", "effect": "forbid"}) for i, f in enumerate(added)]
    sources = policy.sources(*before, *forbids)
    if full(before, sources.schema, request_).code is not ReasonCode.PERMITTED:
        verdict = sliced(cut(sources, Catalogue(services=SERVICES)), sources.schema, request_)
        assert verdict.code is not ReasonCode.PERMITTED


@settings(max_examples=effort(50))
@given(policy_sets(), requests)
def test_an_error_never_allows(
    policy_class: Any, drawn: list[dict[str, Any]], request_: tuple[str, str, str, str | None]
) -> None:
    """Whenever any policy that applies fails, the code is policy_error."""
    policy = policy_class()
    broken = policy("broken", "permit", when="context.tenant.x.y == 1")
    sources = policy.sources(*(policy(**fields) for fields in drawn), broken)
    verdict = sliced(cut(sources, Catalogue(services=SERVICES)), sources.schema, request_)
    assert verdict.code is ReasonCode.POLICY_ERROR


def test_one_change_touches_one_slice_its_manifest_and_the_root(policy: Any) -> None:
    """Everything else keeps its name, so it is neither written nor read again."""
    policies = [policy(f"p{i}", principal=f"s{i}", action="reason") for i in range(50)]
    catalogue = Catalogue(services=tuple(f"s{i}" for i in range(50)))
    before = cut(policy.sources(*policies), catalogue)
    policies[7] = policy("p7", "forbid", principal="s7", action="reason")
    after = cut(policy.sources(*policies), catalogue)
    new = {item.digest for item in after.items} - {item.digest for item in before.items}
    assert sorted(item.kind for item in after.items if item.digest in new) == ["manifest", "root", "slice"]


def test_equal_manifests_are_kept_once(policy: Any) -> None:
    """Services without any rule or call share one manifest."""
    version = cut(policy.sources(), Catalogue(services=SERVICES))
    assert len(version.manifests) == 1
    assert (version.slices, version.policies) == ((), 0)


def test_the_catalogue_is_part_of_the_version(policy: Any) -> None:
    """A service, call or intent more makes another version, since it changes decisions."""
    sources = policy.sources(policy("a"))
    call = policy.call("orbit", "axon", "reason")
    versions = {
        cut(sources, Catalogue(services=SERVICES)).version,
        cut(sources, Catalogue(services=(*SERVICES, "new"))).version,
        cut(sources, Catalogue(services=SERVICES, calls=(call,))).version,
        cut(
            policy.sources(policy("a"), schema=sources.schema + "// x"), Catalogue(services=SERVICES)
        ).version,
    }
    assert len(versions) == 4


def test_principals_that_are_not_declared_are_kept_apart(policy: Any) -> None:
    """Their policies stay part of the version, and the services stay unknown."""
    root = root_from(
        cut(policy.sources(policy("a", principal="ghost")), Catalogue(services=SERVICES)).root.body
    )
    assert set(root.services) == set(SERVICES)
    assert set(root.others) == {"ghost"}


def test_declared_targets_are_in_the_callers_manifest(policy: Any) -> None:
    """So that a request need not name its target."""
    calls = (policy.call("orbit", "axon", "reason"), policy.call("orbit", "ledger", "reason"))
    version = cut(policy.sources(), Catalogue(services=SERVICES, calls=calls))
    bodies = {item.digest: item.body for item in version.items}
    manifest = manifest_from(bodies[root_from(version.root.body).services["orbit"]])
    assert manifest.targets == {"reason": ("axon", "ledger")}


def test_a_large_slice_is_cut_into_parts_that_fit(policy: Any) -> None:
    """And a change in it rewrites one part, not all."""
    policies = [policy(f"p{i}", principal="orbit", action="reason", when="true") for i in range(4000)]
    before = cut(policy.sources(*policies), Catalogue(services=SERVICES))
    assert len(before.slices) > 1
    assert all(len(item.body.encode()) <= MAX_SLICE_BYTES for item in before.slices)
    assert sum(len(slice_from(item.body).rules) for item in before.slices) == 4000
    policies.append(policy("one-more", principal="orbit", action="reason"))
    after = cut(policy.sources(*policies), Catalogue(services=SERVICES))
    assert len(set(after.slices) - set(before.slices)) == 1


def test_what_can_not_be_cut_small_enough_is_refused(policy: Any) -> None:
    """A root with too many services and a policy that fits no item say so, with both sizes."""
    with pytest.raises(TooLargeError) as caught:
        cut(policy.sources(), Catalogue(services=tuple(f"service-number-{i}" for i in range(5000))))
    assert caught.value.message.startswith("the list of services has ")
    assert caught.value.size > caught.value.limit
    with pytest.raises(TooLargeError, match="a policy has "):
        cut(
            policy.sources(policy("a", when=f'"{"x" * MAX_SLICE_BYTES}" == ""')), Catalogue(services=SERVICES)
        )


def test_two_policies_with_one_id_are_refused(policy: Any) -> None:
    """An answer names policies by id, so an id has to mean one."""
    with pytest.raises(RulesError, match="two policies have the id `a`"):
        cut(policy.sources(policy("a"), policy("a", "forbid")), Catalogue(services=SERVICES))


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"format":1,"rules":[]}', '{"format":2,"rules":[{"id":"a"}]}']
)
def test_a_body_that_is_no_slice_is_refused(body: str) -> None:
    """A document of another format is an error, never an empty slice."""
    with pytest.raises(ValueError, match=r"not a |Expecting value"):
        slice_from(body)


def test_four_thousand_services_fit(policy: Any) -> None:
    """As docs/governance.md says, with names of ordinary length."""
    names = tuple(f"service-number-{index:04}" for index in range(4000))
    assert cut(policy.sources(), Catalogue(services=names)).policies == 0
