"""Forgeries of the audit trail by somebody who may write table and bucket, alone and in pairs. GOV-2, GOV-5

Each is tried online, with `prove_trail`, and offline, with the objects of the bucket as files.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cli.errors import UsageError
from cli.policies.admin_client import PolicyAdmin
from cli.policies.audit_proof import prove_trail
from cli.policies.audit_trail import signature_check, verify_files
from cli.policies.witness import Witness
from policies.calls.errors import GovernanceError
from policies.calls.store.trail_bucket import object_name
from policies.calls.trail.chain import BEGIN, canonical_json, digest
from tests.support.effort import effort
from tests.support.governance.admin_api import written
from tests.support.governance.signed_trail import BUCKET, trail_bucket

TABLE = "policies"
Item = dict[str, Any]
GHOST = "arn:aws:iam::123456789012:user/ghost"


@dataclass
class Forger:
    """May write table and bucket, and has no key. `kept` are the objects that a verifier is given offline."""

    dynamodb: Any
    s3: Any
    kept: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what there is."""
        for number in range(1, 20):
            key = {"pk": {"S": "audit"}, "sk": {"S": f"{number:016d}"}}
            item = self.dynamodb.get_item(TableName=TABLE, Key=key).get("Item")
            if item is not None:
                self.entries.append(item)
        for each in self.s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
            text = self.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
            self.kept[each["Key"]] = text

    entries: list[Item] = field(default_factory=list)

    def put_chain(self, changes: dict[int, dict[str, Any]] | None = None, end: int | None = None) -> None:
        """Write the first `end` entries with digests that fit, some changed, and delete the others."""
        changes, previous = changes or {}, BEGIN
        for number, old in enumerate(self.entries, start=1):
            if end is not None and number > end:
                self.dynamodb.delete_item(TableName=TABLE, Key={"pk": old["pk"], "sk": old["sk"]})
                continue
            fields = {**json.loads(old["body"]["S"]), **changes.get(number, {}), "previous": previous}
            self.put(number, fields, old.get("signature", {"S": ""}))
            previous = digest(canonical_json(fields))

    def append(self, **changes: Any) -> None:
        """One more entry after the last one of the table."""
        last = self.entries[-1]
        fields = {**json.loads(last["body"]["S"]), "sequence": len(self.entries) + 1}
        self.put(
            len(self.entries) + 1, {**fields, "previous": last["digest"]["S"], **changes}, last["signature"]
        )

    def put(self, number: int, fields: dict[str, Any], signature: Any) -> None:
        body = canonical_json(fields)
        key = {"pk": {"S": "audit"}, "sk": {"S": f"{number:016d}"}}
        item = {**key, "body": {"S": body}, "digest": {"S": digest(body)}, "signature": signature}
        self.dynamodb.put_item(TableName=TABLE, Item=item)
        head = {"pk": {"S": "audit-head"}, "sk": {"S": "current"}, "sequence": {"N": str(number)}}
        self.dynamodb.put_item(TableName=TABLE, Item={**head, "digest": {"S": digest(body)}})

    def put_object(self, number: int, text: str) -> None:
        """Put an object, over the one that is there; a verifier is given it as it now looks."""
        name = object_name(number)
        self.s3.put_object(Bucket=BUCKET, Key=name, Body=text.encode(), ChecksumAlgorithm="SHA256")
        self.kept[name] = text

    def delete_object(self, number: int) -> None:
        self.s3.delete_object(Bucket=BUCKET, Key=object_name(number))
        self.kept.pop(object_name(number), None)

    def signed(self, text: str) -> str:
        """The object with another actor, other digests, and a checkpoint signed with the forger's own key."""
        lines, previous = [], BEGIN
        for line in text.splitlines():
            kind, _, rest = line.partition(" ")
            body = json.loads(rest.partition(" ")[2])
            if kind == "entry":
                body |= {"actor": GHOST, "previous": previous if body["sequence"] > 1 else BEGIN}
                previous = digest(canonical_json(body))
                lines.append(f"entry {previous} {canonical_json(body)}\n")
            else:
                made = canonical_json({**body, "digest": previous})
                key = ec.generate_private_key(ec.SECP256R1())
                seal = base64.b64encode(key.sign(made.encode(), ec.ECDSA(hashes.SHA256()))).decode()
                lines.append(f"checkpoint {seal} {made}\n")
        return "".join(lines)


def move_pointer(forger: Forger) -> None:
    """Make the first version current, with no entry for it."""
    first = json.loads(forger.entries[0]["body"]["S"])["after"]
    forger.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": "pointer"}, "sk": {"S": "current"}},
        UpdateExpression="SET version = :version",
        ExpressionAttributeValues={":version": {"S": first}},
    )


def rewrite_all(forger: Forger) -> None:
    """Another actor everywhere, in the table and in the bucket, signed with another key."""
    forger.put_chain({number: {"actor": GHOST} for number in range(1, len(forger.entries) + 1)})
    for number in range(1, 4):
        forger.put_object(number, forger.signed(forger.kept[object_name(number)]))


def delete_all(forger: Forger) -> None:
    """Table and bucket are emptied, as far as the lock lets somebody."""
    forger.put_chain(end=0)
    forger.dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": "audit-head"}, "sk": {"S": "current"}})
    for number in range(1, 4):
        forger.delete_object(number)


IN_TABLE: dict[str, Callable[[Forger], None]] = {
    "a byte": lambda it: it.put_chain({2: {"action": "pub"}}),
    "the end cut": lambda it: it.put_chain(end=len(it.entries) - 1),
    "rewritten in the table": lambda it: it.put_chain({2: {"actor": GHOST}}),
    "a fork": lambda it: it.put_chain({len(it.entries): {"details": {"note": "other"}}}),
    "time runs backward": lambda it: it.append(at="1999-01-01T00:00:00+00:00"),
    "an invented actor": lambda it: it.append(actor=GHOST),
    "the pointer moved": move_pointer,
}
IN_BUCKET: dict[str, Callable[[Forger], None]] = {
    "an old checkpoint put back": lambda it: it.put_object(3, it.kept[object_name(1)]),
    "an old checkpoint as a new one": lambda it: it.put_object(4, it.kept[object_name(3)]),
    "the last export deleted": lambda it: it.delete_object(3),
    "an export deleted": lambda it: it.delete_object(1),
    "an export without its checkpoint": lambda it: it.put_object(
        3, "".join(line for line in it.kept[object_name(3)].splitlines(True) if line.startswith("entry"))
    ),
    "a stranger": lambda it: it.put_object(99_999, "hello\n"),
    "everything rewritten": rewrite_all,
    "everything deleted": delete_all,
}
FORGERIES = {**IN_TABLE, **IN_BUCKET}
UNSEEN_OFFLINE = {"everything deleted", "an old checkpoint as a new one"}
"""No file is left to verify; and a file twice, under whatever name, is the same trail."""


@dataclass
class Trail:
    """An environment, and what its verifier has from before: key and witness."""

    admin: PolicyAdmin
    forger: Forger
    folder: Path
    pem: str

    def online(self) -> None:
        prove_trail(self.admin, trail_bucket(), signature_check(self.pem.encode(), "key"), self.pem)

    def offline(self) -> None:
        """Verify the objects of the bucket as they now look, and nothing else."""
        files = []
        for name, text in self.forger.kept.items():
            path = self.folder / name.replace("/", "-")
            path.write_text(text)
            files.append(path)
        (self.folder / "key.pem").write_text(self.pem)
        verify_files(files, self.folder / "key.pem", Witness(self.folder / "seen.json"))


@pytest.fixture
def trail(admin: PolicyAdmin, dynamodb: Any, tmp_path: Path) -> Trail:
    """Entries, three checkpoints, and a verifier who has seen them."""
    for name in ("night", "day"):
        admin.put(name, written(name))
    found = Trail(admin, Forger(dynamodb, boto3.client("s3")), tmp_path, admin.signing_key().pem)
    found.online()
    found.offline()
    return found


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_caught(trail: Trail, name: str) -> None:
    """Online, and what was done to the bucket also offline; nothing is signed for meanwhile."""
    FORGERIES[name](trail.forger)
    with pytest.raises(GovernanceError):
        trail.online()
    if name in IN_BUCKET and name not in UNSEEN_OFFLINE:
        with pytest.raises((GovernanceError, UsageError)):
            trail.offline()


PAIRS = list(combinations(FORGERIES, 2))


# a few pairs; all of them in `make test-long`
@pytest.mark.costly("each has a trail of its own")
@pytest.mark.parametrize("names", PAIRS[:: max(1, 15 // effort(1))], ids="+".join)
def test_two_forgeries_do_not_hide_each_other(trail: Trail, names: tuple[str, str]) -> None:
    """In either order, what one does is not made whole by the other."""
    for name in names:
        FORGERIES[name](trail.forger)
    with pytest.raises(GovernanceError):
        trail.online()
