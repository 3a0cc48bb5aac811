from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.language.values import Policy, PolicySources
from policies.calls.store.policy_store import Pointer
from policies.calls.versions.catalogue import StoredCall
from policies.calls.versions.documents import DocumentKind, Item
from policies.calls.versions.errors import StoreCorruptError
from policies.calls.versions.slices import PolicyVersion
from tests.support.governance.moto_clients import moto_client, moto_session

SCHEMA = """
entity Service;
type Attributes = {purpose?: String, size?: Long};
type Context = {environment: String, time: datetime, proven: Bool, tenant?: String, attributes?: Attributes};
action "reason", "erase" appliesTo {principal: Service, resource: Service, context: Context};
"""


class PolicyMaker:
    """`policy("id", effect, principal, action, resource, when)` as the checked sources would give it."""

    def __call__(
        self,
        name: str,
        effect: str = "permit",
        principal: str | None = None,
        action: str | None = None,
        resource: str | None = None,
        when: str = "",
    ) -> Policy:
        def scope(variable: str, kind: str, value: str | None) -> str:
            return variable if value is None else f'{variable} == {kind}::"{value}"'

        scopes = ", ".join(
            (
                scope("principal", "Service", principal),
                scope("action", "Action", action),
                scope("resource", "Service", resource),
            )
        )
        text = f'@id("{name}") @reason("why {name}") {effect} ({scopes}) {when and f"when {{ {when} }}"};'
        return self.written(name, effect, text, principal, action, resource)

    def written(
        self,
        name: str,
        effect: str,
        text: str,
        principal: str | None,
        action: str | None,
        resource: str | None = None,
    ) -> Policy:
        """A policy whose text is given."""
        return Policy(
            id=name,
            text=text,
            effect="forbid" if effect == "forbid" else "permit",
            reason=f"why {name}",
            principal=principal,
            action=action,
            path=Path(f"{name}.cedar"),
            line=1,
            resource=resource,
        )

    def sources(self, *policies: Policy, schema: str = SCHEMA) -> PolicySources:
        return PolicySources(policies=policies, schema=schema, actions=("erase", "reason"))

    def call(self, caller: str, callee: str, intent: str) -> StoredCall:
        return StoredCall(caller=caller, callee=callee, intent=intent)


@dataclass
class FakeClock:
    wall: datetime = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class MemoryStore:
    """The reading half of the store, in memory: counts what is asked, and fails as told."""

    table: str = "policies"
    current: Pointer | None = None
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def publish(self, version: PolicyVersion) -> None:
        for item in version.items:
            self.put(item)
        sequence = self.current.sequence + 1 if self.current else 1
        self.current = Pointer(
            version=version.version, sequence=sequence, published_at="2026-11-22T09:30:00Z"
        )

    def put(self, item: Item) -> None:
        self.items[item.kind, item.digest] = item.body

    def replace_body(self, kind: DocumentKind, old: Callable[[str], bool], body: str) -> None:
        for key, value in self.items.items():
            if key[0] == kind and old(value):
                self.items[key] = body

    def pointer(self) -> Pointer | None:
        self.asked.append("pointer")
        if self.failure:
            raise self.failure
        return replace(self.current) if self.current else None

    def load(self, kind: DocumentKind, name: str) -> str:
        self.asked.append(kind)
        if self.failure:
            raise self.failure
        if (kind, name) not in self.items:
            raise StoreCorruptError(f"the {kind} `{name}` is not in the store", table=self.table)
        return self.items[kind, name]


@pytest.fixture
def policy() -> PolicyMaker:
    return PolicyMaker()


@pytest.fixture(scope="session")
def policy_class() -> type[PolicyMaker]:
    """For property tests, which may not take fixtures of a single test."""
    return PolicyMaker


class Makers:
    """What property tests make for each example: stores, clocks, policies, and the one schema."""

    store = MemoryStore
    clock = FakeClock
    policy = PolicyMaker()
    vocabulary = Vocabulary(SCHEMA)


@pytest.fixture(scope="session")
def makers() -> Makers:
    """For property tests, which may not take fixtures of a single test."""
    return Makers()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(scope="module", autouse=True)
def _aws_settings() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "LAMBDA_TASK_ROOT", "AWS_SAM_LOCAL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield


@pytest.fixture(scope="session")
def policy_table() -> Callable[[], AbstractContextManager[Any]]:
    """Opens an empty AWS of moto's, and gives a client of it with the tables `policies` and `releases`."""

    @contextmanager
    def opened() -> Iterator[Any]:
        with mock_aws():
            # moto takes the session away, and with it all models that it has read
            boto3.DEFAULT_SESSION = moto_session()
            client = moto_client("dynamodb")
            for name in ("policies", "releases"):
                client.create_table(
                    TableName=name,
                    BillingMode="PAY_PER_REQUEST",
                    KeySchema=[
                        {"AttributeName": "pk", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                    AttributeDefinitions=[
                        {"AttributeName": "pk", "AttributeType": "S"},
                        {"AttributeName": "sk", "AttributeType": "S"},
                    ],
                )
            yield client

    return opened


@pytest.fixture
def dynamodb(policy_table: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """A DynamoDB client with the policy table, for one test."""
    with policy_table() as client:
        yield client


@pytest.fixture(scope="module")
def shared_dynamodb(policy_table: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """A DynamoDB client with the policy table, for all tests of a module: none of them may change it."""
    with policy_table() as client:
        yield client
