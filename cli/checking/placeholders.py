"""Placeholders for what only AWS gives: ids, ARNs, accounts. They look right, and each names its resource.

A policy that a program builds from the ARN of a key can be checked only when there is an ARN in it, so the
program is given one. Where an input is nothing but such a value, the graph says that it is not known.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from policies.resources.graph.values import UNKNOWN, Secret, Value
from policies.resources.terraform.names import Names, names_document, snake
from policies.resources.terraform.schema import Kind, provider_schema

ACCOUNT = "123456789012"
"""The account of AWS's own examples."""
_MARK = re.compile(r"\bnew[0-9a-f]{12}\b")


class Placeholders:
    """Generates placeholder outputs and recognizes them later; one for all stacks of an environment."""

    def __init__(self, region: str) -> None:
        """Say which region the made-up resources lie in."""
        self._region = region
        self._schema = provider_schema()
        self._names = Names(names_document(), self._schema.types)
        self._lock = threading.Lock()
        self._urns: dict[str, str] = {}
        self._values: set[str] = set()

    def outputs(self, urn: str, token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Make up what AWS would say of a new resource: its id and each text that only AWS sets."""
        mark = f"new{hashlib.sha256(urn.encode()).hexdigest()[:12]}"
        kind = token.rpartition(":")[2]
        made = {name: self._text(token, kind, name, mark) for name in self._read_only(token)}
        made["id"] = f"{snake(kind).replace('_', '-')}-{mark}"
        if "name" not in inputs:
            made["name"] = f"{urn.rpartition('::')[2]}-{mark}"
        with self._lock:
            self._urns[mark] = urn
            self._values.update(made.values())
        return made

    def _read_only(self, token: str) -> list[str]:
        terraform_type = self._names.terraform_type(token)
        if terraform_type is None:
            return ["arn"]
        shape = self._schema.resource(terraform_type)
        return [
            _camel(name)
            for name, attribute in shape.items()
            if attribute.read_only and attribute.kind is Kind.STRING
        ]

    def _text(self, token: str, kind: str, name: str, mark: str) -> str:
        if name.lower().endswith("arn"):
            service = token.partition(":")[2].partition("/")[0]
            return f"arn:aws:{service}:{self._region}:{ACCOUNT}:{snake(kind)}/{mark}-{name}"
        return f"{snake(kind).replace('_', '-')}-{mark}-{name}"

    def hide(self, value: Value) -> Value:
        """Put UNKNOWN in the place of every value that is made up as a whole."""
        if isinstance(value, Secret):
            return Secret(value=self.hide(value.value))
        if isinstance(value, dict):
            return {name: self.hide(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        return UNKNOWN if isinstance(value, str) and value in self._values else value

    def sources(self, value: Value) -> tuple[str, ...]:
        """The URNs of the resources whose made-up values stand anywhere in a value, in order."""
        found: set[str] = set()
        self._collect(value, found)
        return tuple(sorted(found))

    def _collect(self, value: Value, found: set[str]) -> None:
        if isinstance(value, Secret):
            self._collect(value.value, found)
        elif isinstance(value, dict):
            for item in value.values():
                self._collect(item, found)
        elif isinstance(value, list):
            for item in value:
                self._collect(item, found)
        elif isinstance(value, str):
            found.update(self._urns[mark] for mark in _MARK.findall(value) if mark in self._urns)

    def answer(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer a provider function; None for one that is not known here."""
        known = _ANSWERS.get(token)
        return None if known is None else known(self._region, arguments)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


_ANSWERS: Mapping[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _region, _given: {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "id": ACCOUNT,
        "userId": ACCOUNT,
    },
    "aws:index/getRegion:getRegion": lambda region, _given: {"region": region, "name": region, "id": region},
    "aws:index/getPartition:getPartition": lambda _region, _given: {"partition": "aws", "id": "aws"},
    "aws:ec2/getPrefixList:getPrefixList": lambda _region, given: {
        "id": "pl-0123456789abcdef0",
        "name": given.get("name", ""),
        "cidrBlocks": [],
    },
    "aws:secretsmanager/getRandomPassword:getRandomPassword": lambda _region, given: {
        "id": "password",
        "randomPassword": "x" * int(given.get("passwordLength", 32)),
    },
}
