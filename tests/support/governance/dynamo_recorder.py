"""A DynamoDB client of which a test counts the calls, and that fails as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class DynamoRecorder:
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


def failing_with(code: str, operation: str = "GetItem") -> Callable[..., Any]:
    """A call that fails with this error code."""

    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return fail


def items_of(client: Any) -> list[dict[str, Any]]:
    """Every item of the policy table, by partition key."""
    items: list[dict[str, Any]] = client.scan(TableName="policies")["Items"]
    return sorted(items, key=lambda entry: entry["pk"]["S"])


def void(*_: object) -> None:
    """Take values that a lambda must not return."""
