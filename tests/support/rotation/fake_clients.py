"""Clients of AWS that answer what a test gives them: pages, and calls that are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
Answer = Callable[..., Any]


@dataclass
class FakeClient:
    """`answers` are by operation: a value, or a function of what was asked. `calls` are kept in order."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Answer:
        """Any operation."""

        def call(**asked: Any) -> Any:
            self.calls.append((name, asked))
            answer = self.answers[name]
            return answer(**asked) if callable(answer) else answer

        return call

    def get_paginator(self, name: str) -> Any:
        """Pages of an operation: one, or as many as the answer is a list of."""
        return _Pages(self, name)


@dataclass
class _Pages:
    client: FakeClient
    name: str

    def paginate(self, **asked: Any) -> Sequence[Any]:
        found = getattr(self.client, self.name)(**asked)
        return found if isinstance(found, list) else [found]


def refuses(code: str, message: str = "no") -> Answer:
    """An answer that is an error of AWS."""

    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "Call")

    return refuse


def listed_secret(name: str, **more: Any) -> dict[str, Any]:
    """A secret of `dev` as ListSecrets has it; it is current, generated, and rotated every month."""
    tags = more.pop("tags", {"myelin:rotation": "generated"})
    return {
        "Name": f"dev/{name}",
        "ARN": f"arn:{name}",
        "RotationEnabled": True,
        "RotationRules": {"ScheduleExpression": "cron(0 4 1 * ? *)"},
        "SecretVersionsToStages": {"old": ["AWSCURRENT"]},
        "KmsKeyId": "arn:key/axon",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        **more,
    }
