"""What is not signed for, in which words, and at which bounds. GOV-2"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from policies.calls.changing import checkpoints as module
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.store.trail_bucket import object_name
from policies.calls.trail.chain import (
    BEGIN,
    CLOCK_DIFFERENCE,
    AuditRecord,
    ChainEntry,
    ChainHead,
    ChainLink,
    Checkpoint,
    checkpoint_from,
    digest,
)
from policies.calls.trail.errors import BrokenChainError, CheckpointError
from policies.calls.trail.export import SignedCheckpoint, export_lines, read_export

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Object(NamedTuple):
    number: int
    text: str


class Bucket:
    """Objects by number; `taken` numbers are refused, as if somebody else had just put them."""

    def __init__(self, taken: bool = False) -> None:
        self.objects: dict[int, str] = {}
        self.taken, self.tries = taken, 0

    def newest(self) -> Object | None:
        return Object(*max(self.objects.items())) if self.objects else None

    def put(self, number: int, text: str) -> bool:
        self.tries += 1
        if self.taken:
            return False
        assert number not in self.objects
        self.objects[number] = text
        return True


class Key:
    """Signs with a mark before the text."""

    arn, pem = "arn:key", "PEM"

    def sign(self, body: str) -> str:
        return f"signed:{digest(body)}"

    def holds(self, body: str, signature: str) -> bool:
        return signature == self.sign(body)


class Ledger:
    """Entries of a table."""

    table = "policies"

    def __init__(self, links: Sequence[ChainLink]) -> None:
        self.links = list(links)

    def link_at(self, sequence: int) -> ChainLink | None:
        return self.links[sequence - 1] if 0 < sequence <= len(self.links) else None

    def all_links(self, *, after: int) -> Iterator[ChainLink]:
        return iter(self.links[after:])


def chain(*times: datetime) -> list[ChainLink]:
    """Signed entries at these times."""
    head, made = ChainHead(), list[ChainLink]()
    for at in times:
        record = AuditRecord(actor="a", action="put")
        entry = ChainEntry(sequence=head.sequence + 1, previous=head.digest, at=at.isoformat(), record=record)
        made.append(ChainLink(body=entry.body, digest=entry.digest, signature=Key().sign(entry.statement)))
        head = entry.head
    return made


def made_of(links: Iterable[ChainLink], bucket: Bucket, now: datetime = NOON) -> Checkpoints:
    ledger: Any = Ledger(list(links))
    key: Any = Key()
    held: Any = bucket
    return Checkpoints(ledger, key=key, bucket=held, now=lambda: now)


def exported(bucket: Bucket) -> list[Checkpoint]:
    return [checkpoint_from(read_export(text)[1][0].body) for _, text in sorted(bucket.objects.items())]


def refused(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(BrokenChainError) as caught:
        call()
    return caught.value.sequence, caught.value.why


def test_checkpoints_name_what_they_sign_for() -> None:
    """Number, the one before, the end, table and key; in the bucket as one line after its entries."""
    bucket, links = Bucket(), chain(NOON, NOON, NOON)
    first = made_of(links[:2], bucket).make()
    second = made_of(links, bucket).make()
    assert first is not None
    assert second is not None
    one, two = exported(bucket)
    assert (one.number, one.previous, one.sequence, one.digest) == (1, BEGIN, 2, links[1].digest)
    assert (two.number, two.previous, two.sequence) == (2, digest(one.body), 3)
    assert (two.digest, two.table, two.key) == (links[2].digest, "policies", "arn:key")
    assert (second.body, second.signature) == (two.body, Key().sign(two.body))
    assert [len(read_export(text)[0]) for _, text in sorted(bucket.objects.items())] == [2, 1]
    newest = made_of(links, bucket)
    assert newest.newest() == newest.make() == second
    assert bucket.tries == 2
    assert (newest.key().key_id, newest.key().pem) == ("arn:key", "PEM")


@pytest.mark.parametrize("late", ["now", "entry", "before"])
def test_a_checkpoint_is_as_late_as_whatever_is_latest(late: str) -> None:
    """Of the clock, the last entry and the checkpoint before: the order of the trail counts."""
    second = timedelta(seconds=1)
    bucket, links = Bucket(), chain(NOON, NOON + (3 * second if late == "entry" else second))
    made_of(links[:1], bucket, NOON + (3 * second if late == "before" else second)).make()
    made_of(links, bucket, NOON + (3 * second if late == "now" else second)).make()
    assert exported(bucket)[1].at == (NOON + 3 * second).isoformat()


def test_an_object_has_the_checkpoint_of_its_name() -> None:
    """One, with the number that the object has: none, two, or another one is refused."""
    bucket, links = Bucket(), chain(NOON, NOON)
    made_of(links[:1], bucket).make()
    entries, signed = read_export(bucket.objects[1])
    no_checkpoint = "".join(export_lines(entries))
    for number, text in (
        (1, no_checkpoint),
        (1, "".join(export_lines(entries, [*signed, *signed]))),
        (2, bucket.objects[1]),
    ):
        held = Bucket()
        held.objects = {number: text}
        expected = (0, f"`{object_name(number)}` has not the checkpoint of its name")
        assert refused(made_of(links, held).make) == expected


def test_a_signature_in_the_bucket_has_to_hold() -> None:
    """Whoever may write to the bucket cannot lead the function on."""
    bucket, links = Bucket(), chain(NOON)
    made_of(links, bucket).make()
    entries, (signed,) = read_export(bucket.objects[1])
    forged = SignedCheckpoint(body=signed.body, signature="signed:other")
    bucket.objects[1] = "".join(export_lines(entries, [forged]))
    expected = (0, f"the signature in `{object_name(1)}` does not hold")
    assert refused(made_of(links, bucket).make) == expected


def test_the_table_goes_on_from_the_bucket() -> None:
    """The last entry that was signed for is there, the same, by what it says and by what it hashes to."""
    bucket, links = Bucket(), chain(NOON, NOON, NOON)
    made_of(links[:2], bucket).make()
    missing = (2, "it is missing in the table, and the bucket has it")
    assert refused(made_of(links[:1], bucket).make) == missing
    another = (2, "the bucket has another one in its place")
    for other in (replace(links[1], digest=links[0].digest), replace(links[1], body=links[0].body)):
        assert refused(made_of([links[0], other, links[2]], bucket).make) == another


def test_an_entry_has_to_be_signed() -> None:
    """By the function, for this entry; which one is not, is said."""
    links = chain(NOON, NOON)
    unsigned = (2, "the admin function has not signed it")
    for signature in ("", links[0].signature):
        forged = [links[0], replace(links[1], signature=signature)]
        assert refused(made_of(forged, Bucket()).make) == unsigned


def test_time_goes_on_from_what_was_exported() -> None:
    """The first entry after a checkpoint is held against the last one before it, too."""
    bound = NOON - CLOCK_DIFFERENCE
    for second, good in ((bound, True), (bound - timedelta(microseconds=1), False)):
        bucket, links = Bucket(), chain(NOON, second)
        made_of(links[:1], bucket).make()
        if good:
            made_of(links, bucket).make()
            assert len(bucket.objects) == 2
        else:
            backward = (2, "its time is before that of an earlier entry")
            assert refused(made_of(links, bucket).make) == backward


def test_an_object_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 entries; the rest is in the next."""
    assert module._MAX_ENTRIES == 5000
    monkeypatch.setattr(module, "_MAX_ENTRIES", 3)
    bucket, links = Bucket(), chain(*[NOON] * 7)
    made = made_of(links, bucket)
    for _ in range(4):
        made.make()
    assert [one.sequence for one in exported(bucket)] == [3, 6, 7]


def test_a_number_that_is_always_taken() -> None:
    """After ten tries it says that nothing is lost; without entries there is nothing to try."""
    bucket = Bucket(taken=True)
    with pytest.raises(CheckpointError) as caught:
        made_of(chain(NOON), bucket).make()
    assert caught.value.message == (
        "the audit trail could not be exported in 10 attempts: others export at the same time"
    )
    assert caught.value.hint == "the changes stand, and are exported with the next one"
    assert bucket.tries == 10
    assert made_of([], bucket).make() is None
    assert bucket.tries == 10
