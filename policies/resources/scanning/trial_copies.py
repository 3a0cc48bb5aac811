"""Copies of resources in which the unknown inputs have values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..graph.values import Resource, reveal
from ..terraform.example_values import EXAMPLE_ARN, document_examples, examples
from ..terraform.names import terraform_names
from ..terraform.schema import Kind, provider_schema
from ..terraform.unknowns import Path, UnknownInput, with_values
from .check_facts import CheckFacts

_MOST_TURNS = 24
_MOST_GROUPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """A resource with unknown inputs, its Terraform type, and the checks that may look at these.

    `incomplete` says that the resource's own plan lacks what is known to be there.
    """

    resource: Resource
    type: str
    unknown: tuple[UnknownInput, ...]
    facts: tuple[CheckFacts, ...]
    incomplete: bool = False

    def read_by(self, facts: CheckFacts) -> tuple[str, ...]:
        """The unknown inputs that a check may look at, by Pulumi's names."""
        read = (str(item.path[0]) for item in self.unknown if facts.reads(self.type, item.top))
        return tuple(dict.fromkeys(read))

    def turns(self) -> Iterator[Mapping[Path, Any]]:
        """Values for all unknown inputs at once, again and again others.

        First all inputs go through their lists in step, then each at its own pace, for what hangs on two.
        """
        lists = [self._examples(item) for item in self.unknown]
        longest = min(_MOST_TURNS, max(map(len, lists)))
        paces = (0, 1) if len(lists) > 1 else (0,)
        for pace in paces:
            for turn in range(longest):
                yield {
                    item.path: values[(turn + pace * (turn + 1) * place) % len(values)]
                    for place, (item, values) in enumerate(zip(self.unknown, lists, strict=True))
                }

    def _examples(self, item: UnknownInput) -> list[Any]:
        constants = [
            value
            for facts in self.facts
            if facts.reads(self.type, item.top)
            for value in facts.constants
            if value != item.top
        ]
        if item.target and item.attribute.kind in (Kind.STRING, Kind.LIST):
            # another resource's name, and not the name of a third one
            value = f"{EXAMPLE_ARN}/{item.target.rpartition('::')[2]}"
            return [[value] if item.attribute.kind is Kind.LIST else value]
        if item.key is not None:
            return document_examples(item.key, ())
        return examples(item.attribute, list(dict.fromkeys(constants)), provider_schema(), origin=item.origin)


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of resources, and the URNs of those of each resource."""

    resources: list[Resource] = field(default_factory=list)
    urns: dict[str, list[str]] = field(default_factory=dict)
    _same: dict[str, str] = field(default_factory=dict)

    def add_alone(self, item: Affected) -> None:
        """Copy a resource without the others; of those that are the same to its checks, only the first."""
        urn, key = item.resource.urn, _key(item)
        if key in self._same:
            self.urns[urn] = self.urns[self._same[key]]
            return
        self._same[key] = urn
        for number, values in enumerate(item.turns()):
            self._add(replace(with_values(item.resource, values), references={}), f"alone {number}")

    def add_groups(self, members: Sequence[Resource], affected: Mapping[str, Affected]) -> None:
        """Copy resources together with what connects them, where any of them is affected."""
        members = _touched(members, affected)
        urns = {member.urn for member in members}
        turns = {urn: list(item.turns()) for urn, item in affected.items() if urn in urns}
        for number in range(min(_MOST_GROUPS, max(map(len, turns.values()), default=0))):
            suffix = f"group {number}"
            for member in members:
                values = turns.get(member.urn)
                filled = with_values(member, values[number % len(values)]) if values else member
                references = {
                    name: tuple(f"{urn}#{suffix}" for urn in found if urn in urns)
                    for name, found in member.references.items()
                }
                self._add(replace(filled, references=references), suffix)

    def _add(self, resource: Resource, suffix: str) -> None:
        urn = f"{resource.urn}#{suffix}"
        self.resources.append(replace(resource, urn=urn))
        self.urns.setdefault(resource.urn, []).append(urn)


def _key(item: Affected) -> str:
    """What resources have in common of which every check must say the same."""
    names, shape = terraform_names(), provider_schema().resource(item.type)
    token = item.resource.token
    read = {
        name: reveal(value)
        for name, value in sorted(item.resource.inputs.items())
        if (attribute := names.attribute(token, name, shape))
        and any(facts.reads(item.type, attribute) for facts in item.facts)
    }
    unknown = [(one.path, one.origin, bool(one.target), one.hidden, one.key) for one in item.unknown]
    return f"{token} {read!r} {unknown}"


def _touched(members: Sequence[Resource], affected: Mapping[str, Affected]) -> list[Resource]:
    """Those that are affected, and all that are connected with them, however far."""
    near: dict[str, set[str]] = {member.urn: set() for member in members}
    for member in members:
        for found in member.references.values():
            for urn in near.keys() & set(found):
                near[urn].add(member.urn)
                near[member.urn].add(urn)
    touched, next_ones = set[str](), near.keys() & affected.keys()
    while next_ones:
        touched |= next_ones
        next_ones = {urn for one in next_ones for urn in near[one]} - touched
    return [member for member in members if member.urn in touched]
