"""What a setting that decides a check is written with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Decisive:
    """The value on which a check hangs; with `key` it may come from a KMS key."""

    value: Any
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A type, a check, inputs that pass it, with what is decisive marked, and inputs that fail it."""

    token: str
    check: str
    good: Mapping[str, Any]
    bad: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """How a test with it is called."""
        return f"{self.token.rpartition(':')[2]}-{self.check}"


KMS = Decisive("arn:aws:kms:eu-west-1:111122223333:key/0f0", key=True)
ON, OFF = Decisive(value=True), Decisive(value=False)


def statement(**parts: Any) -> str:
    """A policy with one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]})


TIGHT = statement(
    Principal={"AWS": "arn:aws:iam::111122223333:role/a"}, Action="sqs:SendMessage", Resource="*"
)
OPEN = statement(Principal="*", Action="*", Resource="*")


def row(
    token: str, check: int | str, good: Mapping[str, Any], bad: Mapping[str, Any] | None = None
) -> Setting:
    """A setting; a number is one of CKV_AWS, a text one of CKV2_AWS."""
    identity = f"CKV_AWS_{check}" if isinstance(check, int) else f"CKV2_AWS_{check}"
    return Setting(token=token, check=identity, good=good, bad=bad or {})
