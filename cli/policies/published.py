"""Reads a published version whole, so that it can be asked here, also with a change that is not made yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cli.policies.admin_client import PolicyAdmin
from policies.calls.changing.records import CallRecord, PolicyRecord
from policies.calls.language.cases import Case
from policies.calls.language.values import Policy
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.documents import PlacedRule, Rule
from policies.calls.versions.slices import cut_rules, rule_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSet:
    """A version with everything in it; `declared` are the ids that follow from declared calls."""

    version: str
    schema: str
    actions: tuple[str, ...]
    catalogue: Catalogue
    cases: tuple[Mapping[str, Any], ...]
    by_id: Mapping[str, PlacedRule]
    declared: frozenset[str]

    @property
    def policies(self) -> tuple[PlacedRule, ...]:
        """By id."""
        return tuple(self.by_id[name] for name in sorted(self.by_id))

    def read_cases(self) -> tuple[Case, ...]:
        """The cases that the policies have to pass."""
        return tuple(Case.model_validate(case) for case in self.cases)

    def having(self, policy: Policy) -> PublishedSet:
        """The set with a policy added or replaced."""
        return replace(self, by_id={**self.by_id, policy.id: rule_of(policy)})

    def without(self, name: str) -> PublishedSet:
        """The set without a policy."""
        return replace(self, by_id={key: value for key, value in self.by_id.items() if key != name})

    def rehearsal(self) -> Rehearsal:
        """The set, ready to be asked. Raises TooLargeError."""
        rules = list(self.by_id.values())
        return Rehearsal.of(cut_rules(rules, self.schema, self.actions, self.catalogue, self.cases))


def read_published(admin: PolicyAdmin, name: str) -> PublishedSet:
    """Read a version by its full name, or `current`."""
    record = admin.version(name)
    policies = list(admin.policies(record.version))
    calls: tuple[CallRecord, ...] = tuple(record.calls)
    return PublishedSet(
        version=record.version,
        schema=record.schema_text,
        actions=tuple(record.intents),
        catalogue=Catalogue(services=tuple(record.services), calls=calls),
        cases=tuple(record.cases),
        by_id={policy.id: _rule_of_record(policy) for policy in policies},
        declared=frozenset(policy.id for policy in policies if policy.declared),
    )


def _rule_of_record(record: PolicyRecord) -> PlacedRule:
    rule = Rule(
        id=record.id,
        effect=record.effect,
        reason=record.reason,
        text=record.text,
        target=record.resource,
    )
    return rule, (record.principal, record.action)
