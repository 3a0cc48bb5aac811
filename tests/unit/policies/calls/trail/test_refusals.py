"""How each thing that is wrong with a trail is named: at which entry, in which words, at what bound. GOV-5"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policies.calls.trail.chain import (
    BEGIN,
    CLOCK_DIFFERENCE,
    AuditRecord,
    ChainEntry,
    ChainHead,
    ChainLink,
    Checkpoint,
    canonical_json,
    checkpoint_from,
    digest,
    entry_from,
    read_time,
    verified_checkpoints,
    verified_entries,
    verify_chain,
)
from policies.calls.trail.errors import AlteredBucketError, BrokenChainError, UnprovenTrailError
from policies.calls.trail.export import (
    SignedCheckpoint,
    export_lines,
    is_signed,
    merge_exports,
    read_export,
    verify_trail,
)
from policies.calls.trail.signatures import key_fingerprint, signature_check
from tests.support.governance.audit_chain import HEADS, HOLDS, LINKS, checkpoint, checkpoints, sign

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """Where a trail is broken, and why."""
    with pytest.raises(BrokenChainError) as caught:
        call()
    error = caught.value
    assert error.message == f"the audit trail is broken at entry {error.sequence}: {error.why}"
    assert error.hint == "compare it with the export in the locked bucket, which cannot be altered"
    return error.sequence, error.why


def entries(*times: datetime) -> list[ChainEntry]:
    """A chain with an entry at each time."""
    made: list[ChainEntry] = []
    head = ChainHead()
    for at in times:
        record = AuditRecord(actor="a", action="put")
        made.append(
            ChainEntry(sequence=head.sequence + 1, previous=head.digest, at=at.isoformat(), record=record)
        )
        head = made[-1].head
    return made


def links(*chain: ChainEntry) -> list[ChainLink]:
    return [ChainLink(body=entry.body, digest=entry.digest) for entry in chain]


def verified(*times: datetime, since: datetime | None = None) -> list[ChainEntry]:
    return list(verified_entries(links(*entries(*times)), since=since))


def point(entry: ChainEntry, at: datetime = NOON, **changed: Any) -> Checkpoint:
    """A first checkpoint that signs for an entry."""
    made = Checkpoint(
        number=1,
        previous=BEGIN,
        sequence=entry.sequence,
        digest=entry.digest,
        at=at.isoformat(),
        table="t",
        key="k",
    )
    return replace(made, **changed)


@pytest.mark.parametrize(
    ("text", "why"),
    [("yesterday", "its time is not readable"), ("2026-01-05T12:00:00", "its time has no time zone")],
)
def test_a_time_that_is_none(text: str, why: str) -> None:
    """A time of the trail is ISO 8601 with a time zone, in an entry and in a checkpoint."""
    assert refused(lambda: read_time(text, 7)) == (7, why)
    body = json.loads(entries(NOON)[0].body)
    assert refused(lambda: entry_from(canonical_json({**body, "at": text}), 3)) == (3, why)
    signed = json.loads(point(entries(NOON)[0], sequence=5).body)
    assert refused(lambda: checkpoint_from(canonical_json({**signed, "at": text}))) == (5, why)


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"number":1}'])
def test_what_is_no_entry_and_no_checkpoint(body: str) -> None:
    """Where it stands is said of an entry; a checkpoint that cannot be read stands nowhere."""
    assert refused(lambda: entry_from(body, 9)) == (9, "it is not an entry")
    assert refused(lambda: checkpoint_from(body)) == (0, "the checkpoint is not readable")


def test_values_of_another_type() -> None:
    """The form is right and a value is not."""
    entry = {**json.loads(entries(NOON)[0].body), "actor": 1}
    assert refused(lambda: entry_from(canonical_json(entry), 9)) == (9, "it is not an entry")
    for name, value in (("table", 1), ("number", True), ("sequence", "1")):
        signed = {**json.loads(point(entries(NOON)[0]).body), name: value}
        found = refused(partial(checkpoint_from, canonical_json(signed)))
        assert found == (0, "the checkpoint is not readable")


def test_entries_out_of_their_place() -> None:
    """Other content, another number, another entry before."""
    first, second, third = entries(NOON, NOON, NOON)
    other = ChainLink(body=second.body, digest=first.digest)
    assert refused(lambda: list(verified_entries([*links(first), other]))) == (
        2,
        "its content is not what its digest names",
    )
    assert refused(lambda: list(verified_entries(links(first, third)))) == (2, "entry 3 stands in its place")
    stranger = replace(second, previous=third.digest)
    assert refused(lambda: list(verified_entries(links(first, stranger)))) == (
        2,
        "it does not follow entry 1 as that stands here",
    )


def test_time_may_run_backward_by_what_clocks_differ_and_no_more() -> None:
    """Measured from the latest time so far, not from the entry before, and from `since` for the first."""
    bound = NOON - CLOCK_DIFFERENCE
    assert len(verified(NOON, bound, bound)) == 3
    backward = "its time is before that of an earlier entry"
    assert refused(lambda: verified(NOON, bound - MOMENT)) == (2, backward)
    # each within the difference of the one before it, and the last not within that of the first
    halfway = NOON - CLOCK_DIFFERENCE / 2 - MOMENT
    assert refused(lambda: verified(NOON, halfway, halfway - CLOCK_DIFFERENCE / 2)) == (3, backward)
    assert len(verified(bound, since=NOON)) == 1
    assert refused(lambda: verified(bound - MOMENT, since=NOON)) == (1, backward)


def test_times_are_compared_across_time_zones() -> None:
    """One moment may be written in two ways."""
    assert len(verified(NOON, NOON.astimezone(timezone(timedelta(hours=-8))))) == 2


def test_an_entry_may_be_after_its_checkpoint_by_what_clocks_differ_and_no_more() -> None:
    """A checkpoint signs for what was there when it was made."""
    (entry,) = entries(NOON)
    early = point(entry, NOON - CLOCK_DIFFERENCE)
    assert verify_chain(links(entry), [early]) == entry.head
    assert refused(lambda: verify_chain(links(entry), [point(entry, NOON - CLOCK_DIFFERENCE - MOMENT)])) == (
        1,
        "its time is after that of the checkpoint that signs for it",
    )


def test_each_checkpoint_is_held_against_its_own_entry() -> None:
    """Also the second one; entries after the last are not signed for, and not compared with it."""
    first, second, third = entries(NOON, NOON, NOON + timedelta(days=1))
    one = point(first)
    two = point(second, number=2, previous=digest(one.body))
    assert verify_chain(links(first, second, third), [one, two]) == third.head
    wrong = replace(two, digest=first.digest)
    another = (2, "a signed checkpoint names another digest for it")
    assert refused(lambda: verify_chain(links(first, second), [one, wrong])) == another
    ahead = replace(two, sequence=5)
    missing = (3, "it is missing: a signed checkpoint says there were 5 entries")
    assert refused(lambda: verify_chain(links(first, second), [one, ahead])) == missing


def test_checkpoints_are_one_chain() -> None:
    """Each way in which one does not follow the one before it has its own words."""
    one, two = checkpoints(1, 2)
    cases: list[tuple[list[Checkpoint], tuple[int, str]]] = [
        ([two], (2, "checkpoint 1 is missing")),
        ([replace(one, number=0)], (1, "there are two checkpoints 0: the trail has a fork")),
        ([one, replace(one, table="u")], (1, "there are two checkpoints 1: the trail has a fork")),
        ([replace(one, previous="1" * 64)], (1, "checkpoint 1 does not name the one before it")),
        ([one, replace(two, previous=BEGIN)], (2, "checkpoint 2 does not name the one before it")),
        ([replace(one, sequence=0)], (0, "its checkpoint signs for no entry")),
        ([one, replace(two, sequence=1)], (1, "checkpoint 2 signs for no more than the one before it")),
        ([one, replace(two, table="u")], (2, "checkpoint 2 is of another table or key")),
        ([one, replace(two, key="u")], (2, "checkpoint 2 is of another table or key")),
    ]
    for chain, expected in cases:
        assert refused(partial(verified_checkpoints, chain)) == expected
    assert verified_checkpoints([two, one, one]) == (one, two)


def test_the_time_of_checkpoints_may_run_backward_by_what_clocks_differ_and_no_more() -> None:
    """Exactly as far as that of entries."""
    one, two = checkpoints(1, 2)
    bound = read_time(one.at, 1) - CLOCK_DIFFERENCE
    assert len(verified_checkpoints([one, replace(two, at=bound.isoformat())])) == 2
    late = replace(two, at=(bound - MOMENT).isoformat())
    expected = (2, "the time of checkpoint 2 is before that of an earlier one")
    assert refused(lambda: verified_checkpoints([one, late])) == expected


def test_numbers_that_are_none_are_not_written() -> None:
    """JSON has no NaN; and what is not ASCII is escaped, so that a body has one sequence of bytes."""
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON compliant"):
            canonical_json({"a": value})
    assert canonical_json({"b": "\u00e9", "a": 1}) == '{"a":1,"b":"\\u00e9"}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("entry d b", (1, "its line is cut off")),
        ("x", (1, "its line is cut off")),
        ("entry d b\nentry d b\nentry d b", (3, "its line is cut off")),
        ("\nentry d b\nentry d b", (2, "its line is cut off")),
        ("what d b\n", (1, "its line is neither an entry nor a checkpoint")),
        ("entry d b\n\n", (2, "its line is neither an entry nor a checkpoint")),
        ("checkpoint s b\nentry d b\nEntry d b\n", (2, "its line is neither an entry nor a checkpoint")),
    ],
)
def test_lines_of_an_export(text: str, expected: tuple[int, str]) -> None:
    """A line that is cut off, or of another kind, is named by the entry that it would be."""
    assert refused(lambda: read_export(text)) == expected


def test_exports_are_joined_by_number() -> None:
    """An export of checkpoints alone says nothing of entries; two that differ are refused."""
    first, second = LINKS[:2]
    signed = sign(checkpoint(2))
    texts = [
        "".join(export_lines([second])),
        "".join(export_lines([], [signed])),
        "".join(export_lines([first])),
    ]
    assert merge_exports(texts) == ((first, second), (signed,))
    other = replace(second, signature="", digest="0" * 64)
    texts = ["".join(export_lines([second])), "".join(export_lines([other]))]
    assert refused(lambda: merge_exports(texts)) == (2, "two exports have different entries in its place")
    assert refused(lambda: merge_exports(["entry d b\n"])) == (1, "it is not an entry")


def test_a_signature_that_does_not_hold() -> None:
    """It is said of the entry that the checkpoint signs for."""
    signed = SignedCheckpoint(body=checkpoint(3).body, signature=sign(checkpoint(2)).signature)
    expected = (3, "the signature of its checkpoint does not hold")
    assert refused(lambda: verify_trail(LINKS[:3], [signed], HOLDS)) == expected


def test_base64_has_one_spelling() -> None:
    """Characters that a decoder would skip, other last bits, missing padding: none of it is a signature."""

    def always(body: str, signature: bytes) -> bool:
        return True

    assert is_signed("b", "YQ==", always)
    for text in ("YR==", "YQ=", "YQ", "Y Q==", "YQ==\n", "*YQ==", "\u00e9"):
        assert not is_signed("b", text, always)


def test_what_no_checkpoint_signs_for_is_unproven() -> None:
    """It says which entries prove nothing, and what to add."""
    for signed, words in ((0, "the 3 entries prove"), (2, "entries 3 to 3 prove")):
        points = [sign(checkpoint(signed))] if signed else []
        with pytest.raises(UnprovenTrailError) as caught:
            verify_trail(LINKS[:3], points, HOLDS)
        error = caught.value
        assert error.message == f"{words} nothing: no signed checkpoint names them"
        assert error.hint == (
            "export the trail with `myelin audit list --export FILE`, or add the objects of its bucket"
        )
        assert (error.entries, error.signed) == (3, signed)
    assert verify_trail(LINKS[:3], [sign(checkpoint(3))], HOLDS).head == HEADS[3]


def test_an_altered_bucket_says_what_was_found() -> None:
    """Three findings in full; of more, how many."""
    found = ("a", "b", "c", "d", "e")
    for count, more in (
        (1, "a"),
        (3, "a; b; c"),
        (4, "a; b; c, and 1 more findings"),
        (5, "a; b; c, and 2 more findings"),
    ):
        error = AlteredBucketError(found[:count])
        assert error.message == f"the bucket of the audit trail was tampered with: {more}"
        assert error.hint == "the oldest version of each object is the true one, and was the one verified"
        assert error.findings == found[:count]


def test_a_key_that_is_none() -> None:
    """Neither what is no PEM nor a key of another kind is taken."""
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for read in (signature_check, key_fingerprint):
        with pytest.raises(ValueError, match=r"^not a public key in PEM$"):
            read(b"no key")
        with pytest.raises(ValueError, match=r"^not a key on an elliptic curve$"):
            read(pem)
