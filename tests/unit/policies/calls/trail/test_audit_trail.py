"""The audit trail: no alteration goes unseen. GOV-2."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.policies.audit_trail import holder
from policies.calls.changing.checkpoints import Checkpoints
from policies.calls.changing.errors import CheckpointError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import (
    AuditRecord,
    ChainHead,
    ChainLink,
    Checkpoint,
    digest,
    next_entry,
    verified_entries,
    verify_chain,
)
from policies.calls.trail.errors import BrokenChainError
from policies.calls.trail.export import (
    SignedCheckpoint,
    export_lines,
    merge_exports,
    read_export,
    verify_trail,
)
from tests.support.effort import effort

COUNT = 500
KEY = ec.generate_private_key(ec.SECP256R1())
HOLDS = holder(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "key")


def chain(count: int) -> tuple[list[ChainLink], list[ChainHead]]:
    """Entries, and the end of the chain before each of them and after the last."""
    links, heads = list[ChainLink](), [ChainHead()]
    for number in range(count):
        record = AuditRecord(
            actor=f"arn:aws:iam::123456789012:user/u{number % 7}",
            action="put",
            before=f"v{number}",
            after=f"v{number + 1}",
            details={"id": f"p{number}", "note": "caf\u00e9 \u2028"},
        )
        entry = next_entry(heads[-1], record, f"2026-11-22T07:{number // 60:02}:{number % 60:02}+00:00")
        links.append(ChainLink(body=entry.body, digest=entry.digest))
        heads.append(entry.head)
    return links, heads


LINKS, HEADS = chain(COUNT)


def checkpoint(at: int) -> Checkpoint:
    head = HEADS[at]
    return Checkpoint(sequence=at, digest=head.digest, at="2026-11-22T08:00:00+00:00", table="t", key="k")


def sign(point: Checkpoint) -> SignedCheckpoint:
    signature = KEY.sign(point.body.encode(), ec.ECDSA(hashes.SHA256()))
    return SignedCheckpoint(body=point.body, signature=base64.b64encode(signature).decode())


SIGNED = sign(checkpoint(COUNT))


def broken_at(links: list[ChainLink], start: int = 0) -> int:
    """Where the chain breaks: verified from `start` on, before which nothing was altered."""
    try:
        for _ in verified_entries(links[start:], HEADS[start]):
            pass
        verify_chain(links, [checkpoint(COUNT)])
    except BrokenChainError as error:
        return error.sequence
    return 0


def first_broken(link: ChainLink, head: ChainHead) -> int:
    """The number of the entry that does not hold; 0 when it does."""
    try:
        next(verified_entries([link], head))
    except BrokenChainError as error:
        return error.sequence
    return 0


def test_an_unaltered_trail_holds() -> None:
    """All entries, and the checkpoint signs for the last."""
    result = verify_trail(LINKS, [SIGNED], HOLDS)
    assert (result.head, result.signed, result.checkpoints) == (HEADS[-1], COUNT, 1)


def test_every_flipped_byte_is_found_where_it_is() -> None:
    """Each byte of body and digest of each of 500 entries, each of its bits in turn over the positions."""
    flipped = 0
    for number, link in enumerate(LINKS):
        for name, text in (("body", link.body), ("digest", link.digest)):
            for position, character in enumerate(text):
                other = text[:position] + chr(ord(character) ^ (1 << position % 7)) + text[position + 1 :]
                # everything before is as it was, so verification comes here with the same state
                altered = replace(link, **{name: other})
                assert first_broken(altered, HEADS[number]) == number + 1
                flipped += 1
    assert flipped > 100_000


def test_an_entry_made_anew_is_found_at_the_next() -> None:
    """A forger who also makes the digest fit breaks the link after it; at the end, the checkpoint."""
    for number, link in enumerate(LINKS):
        body = link.body.replace('"action":"put"', '"action":"not"')
        forged = ChainLink(body=body, digest=digest(body))
        links = [forged, *LINKS[number + 1 : number + 2]]
        if number < COUNT - 1:
            with pytest.raises(BrokenChainError) as caught:
                list(verified_entries(links, HEADS[number]))
            assert caught.value.sequence == number + 2
    assert broken_at([*LINKS[:-1], forged]) == COUNT


def test_every_removal_is_found() -> None:
    """Any one entry, and any number of them at the end."""
    for number in range(COUNT):
        links = LINKS[:number] + LINKS[number + 1 :]
        assert broken_at(links, number if number < COUNT - 1 else 0) == number + 1
    for number in range(0, COUNT, 25):
        with pytest.raises(BrokenChainError, match=f"there were {COUNT} entries") as caught:
            verify_chain(LINKS[:number], [checkpoint(COUNT)])
        assert caught.value.sequence == number + 1


def test_every_insertion_is_found() -> None:
    """A copy of an entry, or one that was made to fit, before any other and at the end."""
    for number in range(COUNT + 1):
        made = next_entry(HEADS[number], AuditRecord(actor="eve", action="put"), "2026-11-22T08:00:00+00:00")
        for link in (LINKS[number - 1], ChainLink(body=made.body, digest=made.digest)):
            links = [*LINKS[:number], link, *LINKS[number:]]
            if number < COUNT:
                assert broken_at(links, number) in (number + 1, number + 2)
    # what is added after the last checkpoint is a longer chain, and only an unsigned one
    made = next_entry(HEADS[-1], AuditRecord(actor="eve", action="put"), "2026-11-22T08:00:00+00:00")
    longer = verify_trail([*LINKS, ChainLink(body=made.body, digest=made.digest)], [SIGNED], HOLDS)
    assert (longer.head.sequence, longer.signed) == (COUNT + 1, COUNT)


def test_every_exchange_is_found() -> None:
    """Neighbours anywhere, and any two far apart."""
    for number in range(COUNT - 1):
        for other in {number + 1, (number + 101) % COUNT}:
            links = LINKS.copy()
            links[number], links[other] = links[other], links[number]
            first = min(number, other)
            assert broken_at(links, first) == first + 1


def test_a_trail_that_was_written_anew_contradicts_its_checkpoint() -> None:
    """A chain that holds in itself is not the one that was signed for."""
    heads = [ChainHead()]
    anew: list[ChainLink] = []
    for _ in LINKS:
        entry = next_entry(heads[-1], AuditRecord(actor="eve", action="put"), "2026")
        anew.append(ChainLink(body=entry.body, digest=entry.digest))
        heads.append(entry.head)
    with pytest.raises(BrokenChainError, match="a signed checkpoint names another digest") as caught:
        verify_trail(anew, [SIGNED], HOLDS)
    assert caught.value.sequence == COUNT


TEXT = "".join(export_lines(LINKS[:20], [sign(checkpoint(20))]))


@settings(max_examples=effort(300))
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 6))
def test_every_byte_of_an_export_counts(position: int, bit: int) -> None:
    """Also of the words between, of the line ends, and of the checkpoint and its signature."""
    flipped = TEXT[:position] + chr(ord(TEXT[position]) ^ (1 << bit)) + TEXT[position + 1 :]
    with pytest.raises(BrokenChainError):
        verify_trail(*read_export(flipped), HOLDS)


def test_every_byte_of_a_checkpoint_counts() -> None:
    """Each bit of its line: the statement, and the signature in base64."""
    line = "".join(export_lines([], [sign(checkpoint(3))]))
    for position in range(len(line)):
        for bit in range(7):
            flipped = line[:position] + chr(ord(line[position]) ^ (1 << bit)) + line[position + 1 :]
            with pytest.raises(BrokenChainError):
                verify_trail(LINKS[:3], read_export(flipped)[1] or [], _only_if_any(flipped))


def _only_if_any(text: str) -> Callable[[Checkpoint, bytes], bool]:
    """A line that is no checkpoint any more leaves none, which is not an error by itself."""
    links, signed = read_export(text)
    if not signed and not links:
        raise BrokenChainError(3, "the checkpoint is gone")
    return HOLDS


def test_exports_that_follow_each_other_are_one_trail() -> None:
    """In any order, and where they overlap; different entries in one place are found."""
    parts = ["".join(export_lines(LINKS[a:b], [sign(checkpoint(b))])) for a, b in ((0, 9), (9, 15), (12, 20))]
    result = verify_trail(*merge_exports(reversed(parts)), HOLDS)
    assert (result.head, result.signed, result.checkpoints) == (HEADS[20], 20, 3)
    with pytest.raises(BrokenChainError) as caught:
        verify_trail(*merge_exports([parts[0], parts[2]]), HOLDS)
    assert caught.value.sequence == 10
    made = next_entry(HEADS[8], AuditRecord(actor="eve", action="put"), "2026")
    other = "".join(export_lines([ChainLink(body=made.body, digest=made.digest)]))
    with pytest.raises(BrokenChainError, match="two exports have different entries") as caught:
        merge_exports([parts[0], other])
    assert caught.value.sequence == 9


@pytest.fixture
def signing(dynamodb: Any) -> tuple[PolicyLedger, dict[str, Any]]:
    """A ledger, and what its checkpoints are made with."""
    key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="trail", ObjectLockEnabledForBucket=True)
    retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket="trail", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention}
    )
    made = {"kms": boto3.client("kms"), "s3": s3, "key": key["KeyMetadata"]["Arn"], "bucket": "trail"}
    return PolicyLedger(dynamodb, "policies"), made


def test_exports_are_signed_locked_and_verified_with_the_public_key(
    signing: tuple[PolicyLedger, dict[str, Any]],
) -> None:
    """What KMS signs holds with nothing but its public key; the objects follow each other and are locked."""
    ledger, made = signing
    checkpoints = Checkpoints(ledger, **made)
    assert checkpoints.make() is None
    for number in range(7):
        ledger.commit(AuditRecord(actor="ada", action="put", details={"id": str(number)}))
        if number % 3 == 0:
            checkpoints.make()
    last = checkpoints.make()
    assert last == checkpoints.newest() == checkpoints.make()
    s3 = made["s3"]
    names = [item["Key"] for item in s3.list_objects_v2(Bucket="trail")["Contents"]]
    texts = [s3.get_object(Bucket="trail", Key=name)["Body"].read().decode() for name in names]
    holds = holder(checkpoints.key().pem.encode(), "key")
    result = verify_trail(*merge_exports(texts), holds)
    assert (result.head, result.signed) == (ledger.head(), 7)
    assert {s3.head_object(Bucket="trail", Key=name)["ObjectLockMode"] for name in names} == {"COMPLIANCE"}
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(BrokenChainError, match="the signature of its checkpoint does not hold"):
        verify_trail(*merge_exports(texts), holder(pem, "another key"))


def test_what_is_broken_is_not_signed_for(
    signing: tuple[PolicyLedger, dict[str, Any]], dynamodb: Any
) -> None:
    """A trail that was altered in the table gets no checkpoint."""
    ledger, made = signing
    for number in range(3):
        ledger.commit(AuditRecord(actor="ada", action="put", details={"id": str(number)}))
    key = {"pk": {"S": "audit"}, "sk": {"S": f"{2:016d}"}}
    item = dynamodb.get_item(TableName="policies", Key=key)["Item"]
    item["body"]["S"] = item["body"]["S"].replace("ada", "eve")
    dynamodb.put_item(TableName="policies", Item=item)
    with pytest.raises(BrokenChainError) as caught:
        Checkpoints(ledger, **made).make()
    assert caught.value.sequence == 2


def test_a_key_or_bucket_that_fails_loses_nothing(signing: tuple[PolicyLedger, dict[str, Any]]) -> None:
    """The changes stand; the next checkpoint signs and exports them too."""
    ledger, made = signing
    ledger.commit(AuditRecord(actor="ada", action="put"))
    for broken in ({"bucket": "absent"}, {"key": "arn:aws:kms:us-east-1:123456789012:key/absent"}):
        with pytest.raises(CheckpointError, match=r"could not be (signed|exported)"):
            Checkpoints(ledger, **{**made, **broken}).make()
    ledger.commit(AuditRecord(actor="ada", action="put"))
    record = Checkpoints(ledger, **made).make()
    assert record is not None
    assert json.loads(record.body)["sequence"] == 2
    assert record.object.startswith(f"audit/{1:016d}-{2:016d}-")
