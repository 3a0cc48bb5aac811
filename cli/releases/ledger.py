"""The ledger of releases in DynamoDB: records that are written once, each under a condition.

    pk                  sk                    attributes
    release             <number>#<event>      body (S): 000 is how it began, then its events
    document#<digest>   <part>                body (B): a part of the compressed document, parts (N)

Nothing is ever changed or deleted. A number, and each event of it, can be taken once: of two commands that
write the same, one is refused. Documents (inputs, and the resources that hold data) are named by their hash,
and are written before anything that refers to them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from cli.releases.errors import (
    LedgerConflictError,
    LedgerCorruptError,
    LedgerMissingError,
    LedgerUnreachableError,
)
from cli.releases.recorded_inputs import RecordedInputs, digest
from cli.releases.release import Release, ReleaseEvent, ReleaseStart, advance
from cli.worlds.world import World
from stacks.outputs import RecordedPlatform

PART_BYTES = 350_000
"""Of a compressed document in one item: DynamoDB takes 400 KB."""
MAX_BYTES = 256 * 1024 * 1024
"""Of a document that is read."""
_ABSENT = "attribute_not_exists(pk)"


class ReleaseLedger:
    """The releases of one environment. Every failure of AWS is raised as a LedgerError."""

    def __init__(self, client: Any, table: str) -> None:
        """`client` is a DynamoDB client."""
        self._client = client
        self.table = table

    def releases(self) -> tuple[Release, ...]:
        """Every release, the oldest first."""
        found: list[Release] = []
        for item in self._query("release"):
            number, _, event = item["sk"]["S"].partition("#")
            try:
                body = item["body"]["S"]
                if int(event) == 0:
                    start = ReleaseStart.model_validate_json(body)
                    found.append(Release(number=int(number), start=start))
                else:
                    found[-1] = advance(found[-1], ReleaseEvent.model_validate_json(body))
            except (KeyError, IndexError, ValueError) as error:
                raise LedgerCorruptError(self.table, f"release {number.lstrip('0')}") from error
        if [one.number for one in found] != list(range(1, len(found) + 1)):
            raise LedgerCorruptError(self.table, "the count of releases")
        return tuple(found)

    def begin(self, number: int, start: ReleaseStart) -> Release:
        """Record that a release began. Raises LedgerConflictError if another has its number."""
        self._put_once(number, 0, start.model_dump_json())
        return Release(number=number, start=start)

    def record(self, release: Release, event: ReleaseEvent) -> Release:
        """Record what became of a release.

        Raises IllegalTransitionError, and LedgerConflictError if another command said so before.
        """
        after = advance(release, event)
        self._put_once(release.number, len(after.events), event.model_dump_json())
        return after

    def store(self, document: str) -> str:
        """Keep a document; gives its name. One that is there already is left as it is."""
        name, packed = digest(document), zlib.compress(document.encode(), 6)
        parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        for number, part in enumerate(parts):
            item = {
                **_key(f"document#{name}", f"{number:04}"),
                "body": {"B": part},
                "parts": {"N": str(len(parts))},
            }
            self._put(item)
        return name

    def load(self, name: str) -> str:
        """A document by its name. Raises LedgerCorruptError if it is absent, or its hash is not its name."""
        parts = [item["body"]["B"] for item in self._query(f"document#{name}")]
        unpacking = zlib.decompressobj()
        try:
            document = unpacking.decompress(b"".join(map(bytes, parts)), MAX_BYTES).decode()
        except (zlib.error, UnicodeDecodeError) as error:
            raise LedgerCorruptError(self.table, f"the document `{name[:12]}`") from error
        if digest(document) != name:
            raise LedgerCorruptError(self.table, f"the document `{name[:12]}`")
        return document

    def inputs(self, release: Release) -> RecordedInputs:
        """The inputs of a release."""
        try:
            return RecordedInputs.model_validate_json(self.load(release.start.inputs))
        except ValidationError as error:
            raise LedgerCorruptError(self.table, f"the inputs of release {release.number}") from error

    def _put_once(self, number: int, event: int, body: str) -> None:
        if not self._put({**_key("release", f"{number:08}#{event:03}"), "body": {"S": body}}):
            raise LedgerConflictError(number)

    def _put(self, item: dict[str, Any]) -> bool:
        """Put an item that does not exist yet; whether it did not."""
        try:
            self._client.put_item(TableName=self.table, Item=item, ConditionExpression=_ABSENT)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        return True

    def _query(self, pk: str) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            try:
                answer = self._client.query(
                    TableName=self.table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    ConsistentRead=True,
                    **start,
                )
            except (ClientError, BotoCoreError) as error:
                raise self._translated(error) from error
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _translated(self, error: ClientError | BotoCoreError) -> Exception:
        if not isinstance(error, ClientError):
            return LedgerUnreachableError(self.table, "there is no answer")
        code = str(error.response.get("Error", {}).get("Code", "an error without a name"))
        if code == "ResourceNotFoundException":
            return LedgerMissingError(self.table)
        return LedgerUnreachableError(self.table, code)


def open_ledger(world: World, platform: RecordedPlatform) -> ReleaseLedger:
    """The ledger of a deployed platform."""
    return ReleaseLedger(world.client("dynamodb"), platform.release_table_name)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
