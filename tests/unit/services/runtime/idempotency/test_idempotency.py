"""A deed is done once for its key, whoever asks again, however, and at which instance. ORB-1, GOV-4."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from services.runtime.errors import IdempotencyError
from services.runtime.idempotency.record import (
    KEPT_SECONDS,
    MAX_ANSWER_BYTES,
    RUNNING_SECONDS,
    Deed,
    KeptAnswer,
    Record,
    Refusal,
    again,
)
from services.runtime.idempotency.table import IdempotencyTable

DEED = Deed(callee="ledger", caller="orbit", intent="credit", key="k-1", body_hash="b-1")
ANSWER = KeptAnswer(status=201, content_type="application/json", body=b'{"balance": 5}')
NOW = 1_795_600_000.5


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = botocore.session.get_session().create_client("dynamodb", region_name="us-east-1")
        made.create_table(
            TableName="deeds",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


@pytest.fixture
def table(client: Any) -> IdempotencyTable:
    return IdempotencyTable(client=client, table="deeds")


def begin(table: IdempotencyTable, signature: str, deed: Deed = DEED, now: float = NOW) -> Any:
    return table.begin(deed, signature=signature, owner=f"owner-of-{signature}", now=now)


def test_the_first_request_does_the_deed_and_the_next_ones_get_its_answer(table: IdempotencyTable) -> None:
    """The kept answer is the very one: status, type and bytes."""
    assert begin(table, "s-1") is None
    table.complete(DEED, ANSWER, owner="owner-of-s-1")
    assert begin(table, "s-2") == ANSWER
    assert begin(table, "s-3", now=NOW + 3600) == ANSWER


def test_while_the_deed_is_done_others_are_told_to_come_back(table: IdempotencyTable) -> None:
    """A second attempt neither waits nor does the deed."""
    assert begin(table, "s-1") is None
    assert begin(table, "s-2", now=NOW + RUNNING_SECONDS - 1) is Refusal.IN_PROGRESS


def test_a_copy_of_a_request_gets_nothing(table: IdempotencyTable) -> None:
    """The same signature a second time is a replay: before, while and after the deed is done."""
    assert begin(table, "s-1") is None
    assert begin(table, "s-1") is Refusal.COPIED
    assert begin(table, "s-2") is Refusal.IN_PROGRESS
    table.complete(DEED, ANSWER, owner="owner-of-s-1")
    assert begin(table, "s-1") is Refusal.COPIED
    assert begin(table, "s-2") is Refusal.COPIED


def test_one_key_is_for_one_body(table: IdempotencyTable) -> None:
    """Another body under the same key is refused, and changes nothing."""
    assert begin(table, "s-1") is None
    assert begin(table, "s-2", replace(DEED, body_hash="b-2")) is Refusal.OTHER_BODY
    table.complete(DEED, ANSWER, owner="owner-of-s-1")
    assert begin(table, "s-3") == ANSWER


@pytest.mark.parametrize(
    "change",
    [
        {"callee": "axon"},
        {"caller": "web"},
        {"intent": "debit"},
        {"key": "k-2"},
        {"tenant": "acme"},
        {"unproven": True},
    ],
)
def test_keys_belong_to_whom_they_are_of(table: IdempotencyTable, change: Any) -> None:
    """The same key of another caller or tenant, or for another intent, is another deed."""
    assert begin(table, "s-1") is None
    assert begin(table, "s-1", replace(DEED, **change)) is None


def test_a_deed_whose_process_died_is_never_done_again(table: IdempotencyTable) -> None:
    """Nobody knows whether it was done: that is said, until the record expires."""
    assert begin(table, "s-1") is None
    assert begin(table, "s-2", now=NOW + RUNNING_SECONDS) is Refusal.OUTCOME_UNKNOWN
    assert begin(table, "s-3", now=NOW + KEPT_SECONDS - 10) is Refusal.OUTCOME_UNKNOWN
    assert begin(table, "s-4", now=NOW + KEPT_SECONDS + 10) is None


def test_a_deed_that_is_forgotten_is_begun_again(table: IdempotencyTable) -> None:
    """Its owner alone may say that nothing was done, and not once it has an answer."""
    assert begin(table, "s-1") is None
    with pytest.raises(IdempotencyError):
        table.forget(DEED, owner="owner-of-s-2")
    table.forget(DEED, owner="owner-of-s-1")
    assert begin(table, "s-2") is None
    table.complete(DEED, ANSWER, owner="owner-of-s-2")
    with pytest.raises(IdempotencyError):
        table.forget(DEED, owner="owner-of-s-2")
    assert begin(table, "s-3") == ANSWER


def test_an_answer_too_large_to_keep_is_said_to_be_so(table: IdempotencyTable) -> None:
    """The deed is done and not repeated, though its answer is gone."""
    assert begin(table, "s-1") is None
    table.complete(DEED, replace(ANSWER, body=b"x" * (MAX_ANSWER_BYTES + 1)), owner="owner-of-s-1")
    assert begin(table, "s-2") is Refusal.ANSWER_NOT_KEPT


def test_only_the_owner_completes_and_only_once(table: IdempotencyTable) -> None:
    """An answer cannot be put in by another attempt, nor be changed."""
    assert begin(table, "s-1") is None
    with pytest.raises(IdempotencyError, match="ConditionalCheckFailedException"):
        table.complete(DEED, ANSWER, owner="somebody")
    table.complete(DEED, ANSWER, owner="owner-of-s-1")
    with pytest.raises(IdempotencyError):
        table.complete(DEED, replace(ANSWER, status=500), owner="owner-of-s-1")
    assert begin(table, "s-2") == ANSWER


class OneAtATime:
    """A client whose calls are each atomic, as DynamoDB's conditional writes are and moto's are not."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def put_item(self, **arguments: Any) -> Any:
        with self._lock:
            return self._client.put_item(**arguments)

    def update_item(self, **arguments: Any) -> Any:
        with self._lock:
            return self._client.update_item(**arguments)


def test_of_many_at_once_one_does_the_deed(client: Any) -> None:
    """Requests that race at several instances: one begins, the others are told to come back."""
    table = IdempotencyTable(client=OneAtATime(client), table="deeds")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: begin(table, f"s-{number}"), range(24)))
    assert sorted(map(str, told)) == ["None", *["in_progress"] * 23]


def test_a_table_that_does_not_answer_lets_nothing_be_done(client: Any) -> None:
    """Fail closed: without a record there is no deed."""
    table = IdempotencyTable(client=client, table="missing")
    with pytest.raises(IdempotencyError, match="ResourceNotFoundException"):
        begin(table, "s-1")
    with pytest.raises(IdempotencyError, match="ResourceNotFoundException"):
        table.complete(DEED, ANSWER, owner="x")


@given(
    same_body=st.booleans(),
    known=st.booleans(),
    age=st.floats(0, 100_000),
    answer=st.none() | st.just(ANSWER) | st.just(replace(ANSWER, body=None)),
)
def test_an_answer_is_given_to_the_same_deed_alone(
    same_body: bool, known: bool, age: float, answer: KeptAnswer | None
) -> None:
    """A kept answer goes to a new signature over the same body, and to nothing else."""
    record = Record(
        body_hash="b-1" if same_body else "b-2",
        signatures=frozenset({"s-1"}),
        begun_at=NOW - age,
        expires_at=NOW + 1,
        answer=answer,
    )
    told = again(record, DEED, "s-1" if known else "s-2", now=NOW)
    assert (told == ANSWER) == (same_body and not known and answer == ANSWER)
