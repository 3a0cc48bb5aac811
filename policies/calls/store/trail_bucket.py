"""The locked bucket of the audit trail, which is its truth: one object for each checkpoint, never a second.

    audit/0000000000000001.txt    entries 1 to 3, checkpoint 1
    audit/0000000000000002.txt    entry 4, checkpoint 2, which names checkpoint 1

Versions are read, not objects: with object lock nobody can change or delete the first version of an object
before its time, and whoever may write to the bucket can only put another one, or a delete marker, over it. So
the oldest version of each object is the true one, and everything beside it is a finding. The number in the
name and `If-None-Match: *` keep two writers from making a fork.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from policies.calls.store.trail_key import aws_code
from policies.calls.trail.errors import CheckpointError

_PREFIX = "audit/"
_NAME = re.compile(r"audit/(\d{16})\.txt")
_READERS = 16
_LOCKS = ("COMPLIANCE", "GOVERNANCE")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailObject:
    """The oldest version of an object, as the bucket tells of it.

    `lock` is the mode of its object lock (`COMPLIANCE`, `GOVERNANCE`, or empty without one), and
    `locked_until` when that ends.
    """

    number: int
    text: str
    stored_at: datetime
    lock: str
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketContents:
    """The objects by number, and what should not be in the bucket: each finding says where and what."""

    objects: tuple[TrailObject, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    key: str
    id: str


class TrailBucket:
    """The bucket of one audit trail. Failures of S3 are raised as CheckpointError."""

    def __init__(self, s3: Any, name: str) -> None:
        """`s3` is a client."""
        self._s3 = s3
        self.name = name
        self._known = 0

    def put(self, number: int, text: str) -> bool:
        """Put the object of a checkpoint; False when there is one with this number already."""
        try:
            # without a checksum an object with a lock is refused
            self._s3.put_object(
                Bucket=self.name,
                Key=object_name(number),
                Body=text.encode(),
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if aws_code(error) in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise _failed("exported", error) from error
        except BotoCoreError as error:
            raise _failed("exported", error) from error
        return True

    def newest(self) -> TrailObject | None:
        """The object with the highest number; None in an empty bucket."""
        low, step = self._known if self._known and self._oldest(self._known) else 0, 1
        while self._oldest(low + step):
            low, step = low + step, step * 2
        # there is an object at `low`, and none at `low + step`
        while step > 1:
            step //= 2
            if self._oldest(low + step):
                low += step
        self._known = low
        oldest = self._oldest(low) if low else None
        return self._read(oldest) if oldest else None

    def contents(self) -> BucketContents:
        """Everything in the bucket."""
        found, findings = dict[str, list[_Version]](), list[str]()
        for version, deleted in self._versions(_PREFIX):
            if not _NAME.fullmatch(version.key):
                findings.append(f"`{version.key}` is no export")
            elif deleted:
                findings.append(f"`{version.key}` was deleted")
            else:
                found.setdefault(version.key, []).append(version)
        findings += [f"`{key}` was written again" for key, all_ in found.items() if len(all_) > 1]
        with ThreadPoolExecutor(_READERS) as pool:
            # S3 lists the versions of an object from the newest to the oldest
            objects = tuple(pool.map(self._read, [all_[-1] for _, all_ in sorted(found.items())]))
        findings += [
            f"`{object_name(each.number)}` is not locked" for each in objects if each.lock not in _LOCKS
        ]
        return BucketContents(objects=objects, findings=tuple(findings))

    def _oldest(self, number: int) -> _Version | None:
        """The oldest version of an object, also of one that was deleted."""
        oldest: _Version | None = None
        for version, deleted in self._versions(object_name(number)):
            if not deleted:
                oldest = version
        return oldest

    def _versions(self, prefix: str) -> Iterator[tuple[_Version, bool]]:
        """Every version below a prefix, an object's newest first, and whether it is a delete marker."""
        marker: dict[str, str] = {}
        while True:
            try:
                page = self._s3.list_object_versions(Bucket=self.name, Prefix=prefix, **marker)
            except (ClientError, BotoCoreError) as error:
                raise _failed("read", error) from error
            for kind, deleted in (("Versions", False), ("DeleteMarkers", True)):
                for each in page.get(kind, ()):
                    yield _Version(key=each["Key"], id=each["VersionId"]), deleted
            if not page.get("IsTruncated"):
                return
            marker = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}

    def _read(self, version: _Version) -> TrailObject:
        try:
            answer = self._s3.get_object(Bucket=self.name, Key=version.key, VersionId=version.id)
            body: bytes = answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise _failed("read", error) from error
        return TrailObject(
            number=int(version.key[len(_PREFIX) : -len(".txt")]),
            # what is not ASCII is no export, and is found where it stands
            text=body.decode("ascii", errors="replace"),
            stored_at=answer["LastModified"],
            lock=answer.get("ObjectLockMode", ""),
            locked_until=answer.get("ObjectLockRetainUntilDate"),
        )


def object_name(number: int) -> str:
    """The name of the object of a checkpoint."""
    return f"{_PREFIX}{number:016d}.txt"


def _failed(what: str, error: ClientError | BotoCoreError) -> CheckpointError:
    return CheckpointError(
        f"the audit trail could not be {what}: {aws_code(error)}",
        hint="the changes stand, and are exported with the next one; look at the bucket of the audit trail",
    )
