"""Keeps the records of deeds in DynamoDB, by conditional writes alone. The edge to botocore; calls block.

    begin      PutItem      if there is no record, or it has expired
               UpdateItem   adds the signature of a further attempt, if it is not among them
    complete   UpdateItem   if the record is ours and has no answer
    forget     UpdateItem   the same; from then on the record counts as expired

A failed condition returns the record (`ReturnValuesOnConditionCheckFailure`), so nothing is ever only read:
the service needs PutItem and UpdateItem on this one table, and no more.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from services.runtime.errors import IdempotencyError
from services.runtime.idempotency.record import (
    KEPT_SECONDS,
    MAX_ANSWER_BYTES,
    Deed,
    KeptAnswer,
    Record,
    Refusal,
    again,
)


class IdempotencyTable:
    """The table, for one instance of a service. Thread-safe, as botocore's clients are."""

    def __init__(self, *, client: Any, table: str) -> None:
        """`client` is a botocore client of `dynamodb`."""
        self._client = client
        self._table = table

    def begin(self, deed: Deed, *, signature: str, owner: str, now: float) -> KeptAnswer | Refusal | None:
        """None: the deed is this request's to do, and `complete` has to follow. Else what to answer instead.

        `owner` is an id of this attempt alone. Raises IdempotencyError when nobody knows: then nothing may be
        done.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    "id": {"S": deed.id},
                    "body_hash": {"S": deed.body_hash},
                    "owner": {"S": owner},
                    "signatures": {"SS": [signature]},
                    "begun_at": {"N": f"{now:.3f}"},
                    "expires_at": {"N": str(int(now) + KEPT_SECONDS)},
                },
                # TTL deletes late: an expired record counts as none
                ConditionExpression="attribute_not_exists(id) OR expires_at < :now",
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            record = _failed_condition(error)
            if record is None:
                raise IdempotencyError(_code(error)) from error
            return self._again(record, deed, signature, now)
        except BotoCoreError as error:
            raise IdempotencyError(type(error).__name__) from error
        return None

    def _again(self, record: Record, deed: Deed, signature: str, now: float) -> KeptAnswer | Refusal:
        told = again(record, deed, signature, now=now)
        if told is Refusal.COPIED:
            return told
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": deed.id}},
                UpdateExpression="ADD signatures :signature",
                ConditionExpression="attribute_exists(id) AND NOT contains(signatures, :one)",
                ExpressionAttributeValues={":signature": {"SS": [signature]}, ":one": {"S": signature}},
            )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return Refusal.COPIED
            raise IdempotencyError(_code(error)) from error
        except BotoCoreError as error:
            raise IdempotencyError(type(error).__name__) from error
        return told

    def complete(self, deed: Deed, answer: KeptAnswer, *, owner: str) -> None:
        """Keep the answer. Raises IdempotencyError: the deed is done, and a repetition will be told that its
        outcome is unknown.
        """
        values: dict[str, Any] = {
            ":status": {"N": str(answer.status)},
            ":type": {"S": answer.content_type},
            ":owner": {"S": owner},
        }
        kept = "SET #status = :status, content_type = :type"
        if answer.body is not None and len(answer.body) <= MAX_ANSWER_BYTES:
            values[":body"] = {"B": answer.body}
            kept += ", body = :body"
        self._end(deed, kept, values)

    def forget(self, deed: Deed, *, owner: str) -> None:
        """Let the deed be begun again, because nothing of it was done. Raises IdempotencyError."""
        values = {":zero": {"N": "0"}, ":owner": {"S": owner}}
        self._end(deed, "SET expires_at = :zero", values)

    def _end(self, deed: Deed, update: str, values: dict[str, Any]) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": deed.id}},
                UpdateExpression=update,
                ConditionExpression="#owner = :owner AND attribute_not_exists(#status)",
                ExpressionAttributeNames={"#status": "status", "#owner": "owner"},
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            raise IdempotencyError(_code(error)) from error
        except BotoCoreError as error:
            raise IdempotencyError(type(error).__name__) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _failed_condition(error: ClientError) -> Record | None:
    """The record that is there already, if that is what the error says."""
    item = error.response.get("Item")
    if _code(error) != "ConditionalCheckFailedException" or not isinstance(item, dict):
        return None
    answer = None
    if "status" in item:
        answer = KeptAnswer(
            status=int(item["status"]["N"]),
            content_type=item["content_type"]["S"],
            body=bytes(item["body"]["B"]) if "body" in item else None,
        )
    return Record(
        body_hash=item["body_hash"]["S"],
        signatures=frozenset(item["signatures"]["SS"]),
        begun_at=float(item["begun_at"]["N"]),
        expires_at=float(item["expires_at"]["N"]),
        answer=answer,
    )
