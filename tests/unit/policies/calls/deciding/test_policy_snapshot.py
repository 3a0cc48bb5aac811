from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from policies.calls.deciding.errors import StaleSnapshotError
from policies.calls.deciding.lru import Lru
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits, SystemClock
from policies.calls.store.errors import StoreMissingError, StoreUnreachableError
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import item
from policies.calls.versions.errors import RulesError, StoreCorruptError, StoreError
from policies.calls.versions.slices import PolicyVersion, cut

LIMITS = SnapshotLimits(refresh_seconds=2, staleness_seconds=10)
SILENT = StoreUnreachableError("no answer", table="policies")


@pytest.fixture
def one(policy: Any) -> PolicyVersion:
    return cut(policy.sources(policy("one", principal="orbit")), Catalogue(services=("orbit",)))


@pytest.fixture
def two(policy: Any) -> PolicyVersion:
    return cut(policy.sources(policy("two", principal="orbit")), Catalogue(services=("orbit",)))


@pytest.fixture
def cache(memory: Any, clock: Any, one: PolicyVersion) -> SnapshotCache:
    memory.publish(one)
    return SnapshotCache(memory, clock, LIMITS)


def test_nothing_is_read_before_the_first_question(cache: SnapshotCache, memory: Any) -> None:
    """Making the cache costs no call."""
    assert memory.asked == []


def test_the_pointer_is_asked_once_a_refresh(
    cache: SnapshotCache, memory: Any, clock: Any, one: PolicyVersion
) -> None:
    """Within the refresh nothing is asked; at its end the pointer alone, since documents never change."""
    assert cache.current().version == one.version
    assert memory.asked == ["pointer", "root", "schema"]
    clock.advance(1.9)
    cache.current()
    assert memory.asked == ["pointer", "root", "schema"]
    clock.advance(0.1)
    cache.current()
    assert memory.asked == ["pointer", "root", "schema", "pointer"]


def test_a_new_version_is_seen_after_a_refresh(
    cache: SnapshotCache, memory: Any, clock: Any, one: PolicyVersion, two: PolicyVersion
) -> None:
    """A publish takes effect within the refresh, and the version says which decided."""
    cache.current()
    memory.publish(two)
    assert cache.current().version == one.version
    clock.advance(2)
    assert cache.current().version == two.version


def test_a_silent_store_is_bridged_up_to_the_bound(
    cache: SnapshotCache, memory: Any, clock: Any, one: PolicyVersion
) -> None:
    """Up to ten seconds after the last confirmation the known version decides; then nothing does."""
    cache.current()
    memory.failure = SILENT
    for _ in range(5):
        clock.advance(2)
        assert cache.current().version == one.version
    clock.advance(0.1)
    with pytest.raises(StaleSnapshotError) as caught:
        cache.current()
    assert caught.value.message == ("the policies were last confirmed 10.1 s ago, more than the 10 s allowed")


def test_a_silent_store_is_asked_once_a_refresh_too(cache: SnapshotCache, memory: Any, clock: Any) -> None:
    """A failing store is not asked at every question: that would add its timeout to each."""
    cache.current()
    memory.failure = SILENT
    memory.asked.clear()
    clock.advance(2)
    for _ in range(5):
        cache.current()
    assert memory.asked == ["pointer"]


def test_deciding_resumes_when_the_store_answers(
    cache: SnapshotCache, memory: Any, clock: Any, one: PolicyVersion
) -> None:
    """After the bound one answer of the store is enough."""
    cache.current()
    memory.failure = SILENT
    clock.advance(11)
    with pytest.raises(StaleSnapshotError):
        cache.current()
    memory.failure = None
    clock.advance(2)
    assert cache.current().version == one.version


def test_a_half_read_new_version_does_not_replace_the_old(
    cache: SnapshotCache, memory: Any, clock: Any, two: PolicyVersion, one: PolicyVersion
) -> None:
    """When the pointer moved and the new root cannot be read, the confirmation does not count."""
    cache.current()
    memory.publish(two)
    memory.replace_body("root", lambda body: body == two.root.body, "not a root")
    clock.advance(2)
    with pytest.raises(StoreCorruptError, match="is not in the form that this function reads"):
        cache.current()


@pytest.mark.parametrize("kind", ["root", "schema"])
def test_a_store_that_turns_corrupt_decides_nothing_until_it_is_whole(
    cache: SnapshotCache, memory: Any, clock: Any, two: PolicyVersion, kind: str
) -> None:
    """The version before is not gone back to, ever; once mended, the new one decides. GOV-5"""
    cache.current()
    memory.publish(two)
    good = dict(memory.items)
    wanted = two.root.body if kind == "root" else two.schema.body
    for key, body in list(memory.items.items()):
        if key[0] == kind and body == wanted:
            memory.items[key] = "entity ("
    if kind == "schema":
        cache._vocabularies = Lru(2)
    clock.advance(2)
    for _ in range(3):
        with pytest.raises(StoreError):
            cache.current()
        clock.advance(0.5)
    memory.items = good
    clock.advance(2)
    assert cache.current().version == two.version


def test_without_any_version_a_silent_store_is_unavailable(memory: Any, clock: Any) -> None:
    """At a cold start there is nothing to bridge with."""
    memory.failure = SILENT
    with pytest.raises(StoreUnreachableError):
        SnapshotCache(memory, clock, LIMITS).current()


def test_an_empty_store_is_unavailable(memory: Any, clock: Any) -> None:
    """Before the first publish nothing may be decided."""
    with pytest.raises(StoreMissingError, match="no policies are published yet"):
        SnapshotCache(memory, clock, LIMITS).current()


@pytest.mark.parametrize("gone", ["table", "pointer"])
def test_a_definite_answer_is_believed_at_once(
    cache: SnapshotCache, memory: Any, clock: Any, gone: str
) -> None:
    """A table or pointer that is gone ends the old version now, not at the bound."""
    cache.current()
    if gone == "table":
        memory.failure = StoreMissingError("gone", table="policies")
    else:
        memory.current = None
    clock.advance(2)
    for _ in range(2):
        with pytest.raises(StoreMissingError):
            cache.current()
    assert memory.asked[-2:] == ["pointer", "pointer"]


@pytest.mark.parametrize(("wall", "monotonic"), [(11, 0), (0, 11), (-3600, 11)])
def test_the_clock_that_says_more_counts(
    cache: SnapshotCache, memory: Any, clock: Any, wall: float, monotonic: float
) -> None:
    """A frozen machine's monotonic clock and a wall clock set back both leave the bound in force."""
    cache.current()
    memory.failure = SILENT
    clock.wall += timedelta(seconds=wall)
    clock.seconds += monotonic
    with pytest.raises(StaleSnapshotError):
        cache.current()


def test_rules_are_parsed_once_for_a_version(cache: SnapshotCache, memory: Any) -> None:
    """The second question about the same intent finds the parsed handle."""
    manifest = cache.manifest(cache.current().root.services["orbit"])
    first = cache.ruleset("reason", "axon", manifest)
    assert [rule.id for rule in first.rules] == ["one"]
    memory.asked.clear()
    assert cache.ruleset("reason", "axon", manifest) is first
    assert cache.manifest(cache.current().root.services["orbit"]) is manifest
    assert memory.asked == []


def test_targets_share_the_documents_but_not_the_rules(memory: Any, clock: Any, policy: Any) -> None:
    """Each target has the rules that can be about it, cut from slices that were read once."""
    rules = (policy("a", resource="axon"), policy("b", resource="ledger"), policy("c"))
    memory.publish(cut(policy.sources(*rules), Catalogue(services=("orbit",))))
    cache = SnapshotCache(memory, clock, LIMITS)
    everyone = cache.manifest(cache.current().root.everyone)
    assert [rule.id for rule in cache.ruleset("reason", "axon", everyone).rules] == ["a", "c"]
    memory.asked.clear()
    assert [rule.id for rule in cache.ruleset("reason", "ledger", everyone).rules] == ["b", "c"]
    assert memory.asked == []


def test_rules_that_do_not_parse_are_not_remembered(memory: Any, clock: Any, policy: Any) -> None:
    """A slice that fails raises every time; a failure is never kept as an empty set."""
    broken = policy.sources(policy("a", when="1 +"))
    memory.publish(cut(broken, Catalogue(services=("orbit",))))
    cache = SnapshotCache(memory, clock, LIMITS)
    everyone = cache.manifest(cache.current().root.everyone)
    for _ in range(2):
        with pytest.raises(RulesError):
            cache.ruleset("reason", "axon", everyone)


def test_a_missing_slice_is_an_error_not_an_absence(memory: Any, clock: Any, one: PolicyVersion) -> None:
    """A forbid that cannot be found must not be left out."""
    memory.publish(one)
    cache = SnapshotCache(memory, clock, LIMITS)
    manifest = cache.manifest(cache.current().root.services["orbit"])
    for key in [key for key in memory.items if key[0] == "slice"]:
        del memory.items[key]
    with pytest.raises(StoreCorruptError, match="is not in the store"):
        cache.ruleset("reason", "axon", manifest)


def test_a_schema_that_does_not_parse_is_corrupt(memory: Any, clock: Any, policy: Any) -> None:
    """Without the schema no request can be checked."""
    memory.publish(cut(policy.sources(schema="entity"), Catalogue(services=("orbit",))))
    with pytest.raises(StoreCorruptError, match="the schema `"):
        SnapshotCache(memory, clock, LIMITS).current()


@pytest.mark.parametrize(
    "limits",
    [
        {"refresh_seconds": 0},
        {"refresh_seconds": float("nan")},
        {"staleness_seconds": float("nan")},
        {"staleness_seconds": float("inf")},
        {"refresh_seconds": 31},
        {"policies": 0},
    ],
)
def test_limits_that_bound_nothing_are_refused(limits: dict[str, Any]) -> None:
    """With NaN or infinity no snapshot would ever be too old."""
    with pytest.raises(ValueError, match="the limits must be positive"):
        SnapshotLimits(**limits)


def test_the_least_recently_used_goes_first() -> None:
    """The memory is bounded by weight, and what was used stays."""
    lru: Lru[str, int] = Lru(10)

    def get(key: str, weight: int) -> int:
        return lru.get(key, lambda: weight, lambda value: value)

    get("a", 4)
    get("b", 4)
    get("a", 0)
    get("c", 4)
    assert (lru.weight, len(lru)) == (8, 2)
    assert get("a", 99) == 4
    assert get("b", 5) == 5


def test_one_entry_heavier_than_all_is_still_kept() -> None:
    """Otherwise a large set would be parsed at every question."""
    lru: Lru[str, int] = Lru(10)
    assert lru.get("a", lambda: 50, lambda value: value) == 50
    assert lru.get("a", lambda: 1, lambda value: value) == 50
    lru.get("b", lambda: 1, lambda value: value)
    assert (lru.weight, len(lru)) == (1, 1)


def test_the_system_clock_is_in_utc_and_goes_on() -> None:
    """Wall time carries its zone, and the other never goes back."""
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_equal_documents_have_one_name() -> None:
    """The name is the SHA-256 of the content."""
    assert item("schema", "x").digest == ("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")


def test_a_ruleset_that_targets_share_has_no_rule_about_one_of_them(
    memory: Any, clock: Any, policy: Any
) -> None:
    """A target that no rule names is asked first: what its rules are is not what the next one's are. GOV-5"""
    text = '@id("in") @reason("r") permit (principal, action, resource in Service::"axon");'
    unplaced = policy.written("in", "permit", text, None, None)
    placed = policy("own", "permit", None, None, "hub")
    memory.publish(
        cut(policy.sources(policy("any"), unplaced, placed), Catalogue(services=("axon", "hub", "orbit")))
    )
    cache = SnapshotCache(memory, clock, LIMITS)
    root = cache.current().root
    everyone = cache.manifest(root.everyone)
    asked = {
        target: {rule.id for rule in cache.ruleset("reason", target, everyone).rules}
        for target in ("orbit", "axon", "hub", "orbit")
    }
    assert "in" in asked["axon"]
    assert all("any" in found for found in asked.values())
    assert ["own" in asked[target] for target in ("orbit", "axon", "hub")] == [False, False, True]


def test_many_targets_are_asked_about_without_reading_or_parsing_the_others(
    memory: Any, clock: Any, policy: Any
) -> None:
    """More policies of one caller than are kept parsed: a slice is read once, a rule parsed alone."""
    policies = [
        policy(f"p{number}", "permit", "orbit", "reason", f"peer-{number}", "1 == 1" + " " * 900)
        for number in range(600)
    ]
    version = cut(policy.sources(*policies), Catalogue(services=("orbit",)))
    assert len(version.slices) > 1
    memory.publish(version)
    cache = SnapshotCache(memory, clock, SnapshotLimits(refresh_seconds=2, staleness_seconds=10, policies=50))
    own = cache.manifest(cache.current().root.services["orbit"])
    memory.asked.clear()
    for number in range(100):
        rules = cache.ruleset("reason", f"peer-{number}", own).rules
        assert [rule.id for rule in rules] == [f"p{number}"]
    assert memory.asked.count("slice") == len(version.slices)
