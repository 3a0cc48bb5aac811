from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError

from policies.calls.store.errors import PublishConflictError, StoreMissingError, StoreUnreachableError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.store.transaction import PointerMove
from policies.calls.trail.chain import AuditRecord
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import item, root_from
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import cut
from sandbox.cloud.emulator.emulator import Emulator
from tests.support.governance.publishing import publish

CATALOGUE = Catalogue(services=("axon", "orbit"))
RECORD = AuditRecord(actor="arn:aws:iam::123456789012:user/ada", action="publish")


class Recorder:
    """Passes everything to a real client; counts the calls and lets a test act before or instead of one."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.exceptions = client.exceptions
        self.calls: list[str] = []
        self.written: list[str] = []
        self.instead: dict[str, Callable[..., Any]] = {}
        self.before: dict[str, Callable[[], None]] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:  # noqa: D105
        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            if action := self.before.pop(name, None):
                action()
            if name == "batch_write_item":
                (requests,) = arguments["RequestItems"].values()
                self.written += [r["PutRequest"]["Item"]["pk"]["S"].split("#")[0] for r in requests]
            return self.instead.get(name, getattr(self._client, name))(**arguments)

        return call


def failing(code: str, operation: str = "GetItem") -> Callable[..., Any]:
    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return fail


def table(client: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.scan(TableName="policies")["Items"]
    return sorted(items, key=lambda entry: entry["pk"]["S"])


def test_the_first_publish_makes_a_version_current(dynamodb: Any, policy: Any) -> None:
    """Before it there is none; after it the pointer names the version that was cut. GOV-2"""
    sources = policy.sources(policy("a", principal="orbit", action="reason"), policy("b"))
    assert PolicyStore(dynamodb, "policies").pointer() is None
    published = publish("policies", sources, CATALOGUE, dynamodb)
    assert published.version == cut(sources, CATALOGUE).version
    assert (published.changed, published.policies, published.slices) == (True, 2, 2)
    now = PolicyStore(dynamodb, "policies").pointer()
    assert now is not None
    assert (now.version, now.sequence) == (published.version, 1)


def test_publishing_the_same_set_again_writes_nothing(dynamodb: Any, policy: Any) -> None:
    """The second publish reads the pointer, says so, and leaves the table as it is."""
    sources = policy.sources(policy("a"))
    first = publish("policies", sources, CATALOGUE, dynamodb)
    before = table(dynamodb)
    recorder = Recorder(dynamodb)
    second = publish("policies", sources, CATALOGUE, recorder)
    assert (second.version, second.changed, second.written) == (first.version, False, 0)
    assert recorder.calls == ["get_item"]
    assert table(dynamodb) == before


def test_a_change_writes_only_what_is_new(dynamodb: Any, policy: Any) -> None:
    """One policy among many: a slice, a manifest, root, pointer, audit entry; reads do not grow either."""
    policies = [policy(f"p{i}", principal=f"s{i}", action="reason") for i in range(40)]
    catalogue = Catalogue(services=tuple(f"s{i}" for i in range(40)))
    publish("policies", policy.sources(*policies), catalogue, dynamodb)
    policies[3] = policy("p3", "forbid", principal="s3", action="reason")
    recorder = Recorder(dynamodb)
    published = publish("policies", policy.sources(*policies), catalogue, recorder)
    assert recorder.written == ["slice", "manifest"]
    assert published.written == 7
    assert recorder.calls.count("batch_write_item") == recorder.calls.count("transact_write_items") == 1
    assert len(recorder.calls) < 12


def test_everything_a_version_refers_to_is_in_the_store(dynamodb: Any, policy: Any) -> None:
    """After several publishes each document of the last version can be loaded under its name."""
    store = PolicyStore(dynamodb, "policies")
    sources = policy.sources()
    for count in (3, 1, 30, 2):
        sources = policy.sources(*(policy(f"p{i}", principal=f"s{i % 4}") for i in range(count)))
        publish("policies", sources, CATALOGUE, dynamodb)
        for entry in cut(sources, CATALOGUE).items:
            assert store.load(entry.kind, entry.digest) == entry.body
    version = PolicyStore(dynamodb, "policies").pointer()
    assert version is not None
    assert version.sequence == 4
    assert version.version == cut(sources, CATALOGUE).version


def test_going_back_to_an_earlier_set_is_a_change_too(dynamodb: Any, policy: Any) -> None:
    """The earlier version becomes current again under the same name, with a higher sequence."""
    one, two = policy.sources(policy("a")), policy.sources(policy("b"))
    versions = [publish("policies", sources, CATALOGUE, dynamodb).version for sources in (one, two, one)]
    assert versions[0] == versions[2] != versions[1]
    pointer = PolicyStore(dynamodb, "policies").pointer()
    assert pointer is not None
    assert (pointer.version, pointer.sequence) == (versions[0], 3)


def test_the_loser_of_two_publishes_learns_both_versions(dynamodb: Any, policy: Any) -> None:
    """The pointer moves for the first; the second changes nothing and is told what it lost to."""
    base = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    winner = policy.sources(policy("winner"))
    recorder = Recorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(publish("policies", winner, CATALOGUE, dynamodb))
    with pytest.raises(PublishConflictError) as caught:
        publish("policies", policy.sources(policy("loser")), CATALOGUE, recorder)
    assert caught.value.expected == base.version
    assert caught.value.found == cut(winner, CATALOGUE).version
    assert caught.value.hint == "look at what changed and publish again"
    assert PolicyStore(dynamodb, "policies").pointer().version == caught.value.found  # type: ignore[union-attr]


def test_two_first_publishes_conflict_too(dynamodb: Any, policy: Any) -> None:
    """That there is no version yet is also a state that may have changed."""
    recorder = Recorder(dynamodb)
    other = policy.sources(policy("other"))
    recorder.before["transact_write_items"] = lambda: void(publish("policies", other, CATALOGUE, dynamodb))
    with pytest.raises(PublishConflictError, match="the current version was `none` and is now `"):
        publish("policies", policy.sources(policy("mine")), CATALOGUE, recorder)


def test_losing_to_the_same_set_is_no_conflict(dynamodb: Any, policy: Any) -> None:
    """Two publishes of one set agree, whoever was first."""
    sources = policy.sources(policy("a"))
    recorder = Recorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(publish("policies", sources, CATALOGUE, dynamodb))
    published = publish("policies", sources, CATALOGUE, recorder)
    assert published.changed is False
    assert PolicyStore(dynamodb, "policies").pointer().sequence == 1  # type: ignore[union-attr]


def test_a_version_that_left_and_came_back_is_a_conflict(dynamodb: Any, policy: Any) -> None:
    """Between reading and moving the pointer went away and returned: somebody else published all the same."""
    one, two = policy.sources(policy("a")), policy.sources(policy("b"))
    publish("policies", one, CATALOGUE, dynamodb)
    recorder = Recorder(dynamodb)
    recorder.before["transact_write_items"] = lambda: void(
        publish("policies", two, CATALOGUE, dynamodb), publish("policies", one, CATALOGUE, dynamodb)
    )
    with pytest.raises(PublishConflictError):
        publish("policies", policy.sources(policy("c")), CATALOGUE, recorder)


def void(*_: object) -> None:
    """Take values that a lambda must not return."""


def test_the_pointer_never_names_a_root_that_is_not_stored(dynamodb: Any) -> None:
    """The condition on the root stands in the same transaction as the move."""
    store = PolicyStore(dynamodb, "policies")
    with pytest.raises(StoreCorruptError, match="the root `abc` is not in the store"):
        PolicyLedger(dynamodb, "policies").commit(RECORD, move=PointerMove(root="abc", expected=None))
    assert store.pointer() is None
    assert table(dynamodb) == []


def test_a_publish_cut_off_before_the_move_changes_nothing_for_readers(dynamodb: Any, policy: Any) -> None:
    """Documents without a pointer to them are not seen, and the next publish succeeds."""
    before = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    recorder = Recorder(dynamodb)
    recorder.instead["transact_write_items"] = failing("InternalServerError")
    with pytest.raises(StoreUnreachableError):
        publish("policies", policy.sources(policy("b")), CATALOGUE, recorder)
    assert PolicyStore(dynamodb, "policies").pointer().version == before.version  # type: ignore[union-attr]
    assert publish("policies", policy.sources(policy("b")), CATALOGUE, dynamodb).changed


def test_a_current_version_that_is_damaged_is_published_anew(dynamodb: Any, policy: Any) -> None:
    """When the old root cannot be relied on, every document is written again."""
    first = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb)
    dynamodb.delete_item(
        TableName="policies", Key={"pk": {"S": f"root#{first.version}"}, "sk": {"S": "body"}}
    )
    recorder = Recorder(dynamodb)
    sources = policy.sources(policy("a"), policy("b", principal="orbit"))
    assert publish("policies", sources, CATALOGUE, recorder).changed
    assert len(recorder.written) == len(cut(sources, CATALOGUE).items) - 1


def test_more_items_than_a_batch_takes_are_all_written(dynamodb: Any) -> None:
    """A batch holds 25; what DynamoDB leaves over is sent again after a wait."""
    waits: list[float] = []
    recorder = Recorder(dynamodb)
    left: list[Any] = []

    def half(**arguments: Any) -> Any:
        requests = arguments["RequestItems"]["policies"]
        if len(requests) > 10 and not left:
            left.extend(requests[10:])
            dynamodb.batch_write_item(RequestItems={"policies": requests[:10]})
            return {"UnprocessedItems": {"policies": requests[10:]}}
        return dynamodb.batch_write_item(**arguments)

    recorder.instead["batch_write_item"] = half
    items = [item("schema", f"schema {index}") for index in range(60)]
    store = PolicyStore(recorder, "policies", sleep=waits.append)
    assert store.write(items) == 60
    assert waits == [0.05]
    assert len(table(dynamodb)) == 60


def test_a_table_that_takes_nothing_is_given_up(dynamodb: Any) -> None:
    """After eight attempts with doubling waits the publish fails and says why."""
    waits: list[float] = []
    recorder = Recorder(dynamodb)
    recorder.instead["batch_write_item"] = lambda RequestItems: {"UnprocessedItems": RequestItems}  # noqa: N803
    with pytest.raises(StoreUnreachableError, match="left 1 items unwritten after 8 attempts"):
        PolicyStore(recorder, "policies", sleep=waits.append).write([item("schema", "x")])
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("ResourceNotFoundException", StoreMissingError, "cannot be used: the table does not exist"),
        ("AccessDeniedException", StoreMissingError, "cannot be used: access to the table is denied"),
        ("ProvisionedThroughputExceededException", StoreUnreachableError, "did not answer: Provisioned"),
        ("InternalServerError", StoreUnreachableError, "did not answer: InternalServerError"),
    ],
)
def test_what_aws_answers_becomes_one_of_two_errors(
    dynamodb: Any, code: str, kind: type[Exception], message: str
) -> None:
    """One kind will not pass by itself, the other may."""
    recorder = Recorder(dynamodb)
    for name in ("get_item", "batch_write_item", "transact_write_items"):
        recorder.instead[name] = failing(code)
    store = PolicyStore(recorder, "policies")
    for call in (
        store.pointer,
        lambda: void(store.load("root", "abc")),
        lambda: void(store.write([item("schema", "x")])),
        lambda: void(
            PolicyLedger(recorder, "policies").commit(RECORD, move=PointerMove(root="abc", expected=None))
        ),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_a_request_that_can_not_be_sent_is_unreachable(dynamodb: Any) -> None:
    """Without credentials or connection nobody answered, so it may work later."""
    recorder = Recorder(dynamodb)

    def unsent(**_: Any) -> Any:
        raise NoCredentialsError

    recorder.instead["get_item"] = unsent
    with pytest.raises(StoreUnreachableError, match="did not answer: there are no credentials"):
        PolicyStore(recorder, "policies").pointer()
    refused = boto3.client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    with pytest.raises(StoreUnreachableError, match="did not answer: the connection failed"):
        PolicyStore(refused, "policies").pointer()


@pytest.mark.parametrize("body", [{"S": "altered"}, {"N": "1"}, None])
def test_an_altered_document_is_refused(dynamodb: Any, policy: Any, body: Any) -> None:
    """Its name is the hash of its content, so nobody can change a rule in the table unseen."""
    version = publish("policies", policy.sources(policy("a")), CATALOGUE, dynamodb).version
    key = {"pk": {"S": f"root#{version}"}, "sk": {"S": "body"}}
    dynamodb.put_item(TableName="policies", Item={**key, **({"body": body} if body else {})})
    with pytest.raises(StoreCorruptError, match=f"the root `{version}` was altered in the store"):
        PolicyStore(dynamodb, "policies").load("root", version)


def test_an_unreadable_pointer_is_refused(dynamodb: Any) -> None:
    """A pointer without a sequence is damage, not an empty store."""
    dynamodb.put_item(
        TableName="policies", Item={"pk": {"S": "pointer"}, "sk": {"S": "current"}, "version": {"S": "x"}}
    )
    with pytest.raises(StoreCorruptError, match="the pointer to the current version is not readable"):
        PolicyStore(dynamodb, "policies").pointer()


@pytest.fixture
def server(dynamodb: Any) -> Iterator[str]:
    # the emulator gives DynamoDB one call at a time; moto's own server can tear a transaction in two
    emulator = Emulator(ping=dict, status=dict, shutdown=lambda: None, preloaded=())
    emulator.start()
    yield emulator.endpoint
    emulator.stop()


def test_of_publishers_at_once_each_wins_once_or_learns_why_not(
    dynamodb: Any, policy: Any, server: str
) -> None:
    """Eight threads publish sets of their own: as many moves succeed as the sequence says."""
    start = threading.Barrier(8)

    def attempt(number: int) -> str | None:
        client = boto3.client("dynamodb", endpoint_url=server)
        start.wait(timeout=30)
        try:
            published = publish("policies", policy.sources(policy(f"p{number}")), CATALOGUE, client)
        except PublishConflictError:
            return None
        return published.version

    with ThreadPoolExecutor(8) as pool:
        won = [version for version in pool.map(attempt, range(8)) if version]
    client = boto3.client("dynamodb", endpoint_url=server)
    now = PolicyStore(client, "policies").pointer()
    assert now is not None
    assert now.version in won
    assert now.sequence == len(won)
    root_from(PolicyStore(client, "policies").load("root", now.version))
