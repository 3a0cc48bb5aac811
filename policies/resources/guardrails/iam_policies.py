"""The IAM policies in a resource, as rules look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..graph.values import UNKNOWN
from ..terraform.policy_documents import document_of, fault_of, policy_paths
from .subject import NotKnownError, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class IamPolicy:
    """A policy: the property that it is, as the program spells it, its value, and what is wrong with it,
    if so.
    """

    property: str
    value: Any
    fault: str | None

    def statements(self) -> Iterator[Mapping[str, Any]]:
        """Its statements; raises NotKnownError for what is not known yet, after all that is."""
        if self.fault is not None or self.value in (None, ""):
            return
        if self.value is UNKNOWN:
            raise NotKnownError(self.property)
        found = document_of(self.value)["Statement"]
        unknown = False
        for statement in found if isinstance(found, list) else [found]:
            if isinstance(statement, Mapping):
                yield statement
            else:
                unknown = True
        if unknown:
            raise NotKnownError(self.property)


def policies_of(subject: Subject) -> Iterator[IamPolicy]:
    """Every policy of a resource, known or not."""
    for path in policy_paths(subject.kind):
        top, _, inside = path.partition(".")
        name = subject.attributes.spell(inside or top)
        if not inside:
            yield from (_policy(name, value) for value in _documents(subject.attributes.raw(top)))
            continue
        for block in subject.attributes.blocks_or_unknown(top):
            value = UNKNOWN if block is UNKNOWN else block.raw(inside)
            yield from (_policy(name, item) for item in _documents(value))


def _documents(value: Any) -> list[Any]:
    """The document in a value; a parsed Terraform plan has it in a list."""
    if isinstance(value, list) and len(value) == 1:
        return value
    return [] if value is None else [value]


def _policy(name: str, value: Any) -> IamPolicy:
    return IamPolicy(property=name, value=value, fault=fault_of(value))


def listed(value: Any) -> list[Any]:
    """What stands in a place of a policy where one value or a list of them may stand."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
