"""Checks a policy set against its schema and against our own rules. Pure: text in, values out.

    schema -> declared calls -> split into policies -> parse each -> ids are unique -> all fit the schema

Each stage checks what passed the one before, so one run finds every mistake that another does not hide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from policies.calls.language.defaults import declaration_path, declared_permits
from policies.calls.language.errors import PolicyError
from policies.calls.language.faults import fault_at, find_quoted, plain
from policies.calls.language.parsing import parse_all
from policies.calls.language.schema import actions_of, context_faults, parse_schema
from policies.calls.language.text import CedarStatement, split_policies
from policies.calls.language.values import DeclaredCall, Policy, PolicySources, SourceText

_CONSEQUENCE = "unable to find an applicable action"
"""A message of Cedar that follows another: the scope names something unknown."""

_ACTION = re.compile(r'Action::"[^"]*"')
_ANY_ACTION = "Action::*"

_Misfit = tuple[int, bool, str, int]
"""The policy's position, whether the place in it is unknown, what does not fit, and where in its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The result of a check: all mistakes, and the policies that parse, each id once."""

    sources: PolicySources
    faults: tuple[PolicyError, ...]


def check(
    schema: SourceText, documents: Iterable[SourceText], calls: Iterable[DeclaredCall] = ()
) -> PolicySources:
    """Check a set: its schema, its files, and the permits of declared calls.

    Raises PolicyError for the first mistake; mistakes in the declared calls come first.
    """
    inspection = inspect(schema, documents, calls)
    if inspection.faults:
        raise inspection.faults[0]
    return inspection.sources


def inspect(
    schema: SourceText, documents: Iterable[SourceText], calls: Iterable[DeclaredCall] = ()
) -> Inspection:
    """Check a set, and collect all mistakes. Without a valid schema, policies are only parsed."""
    faults: list[PolicyError] = []
    try:
        handle = parse_schema(schema)
        actions = actions_of(handle)
        faults.extend(context_faults(schema))
    except PolicyError as fault:
        handle, actions = None, ()
        faults.append(fault)
    declared = tuple(calls)
    if handle is not None:
        faults.extend(_find_unknown_intents(declared, actions))
        declared = tuple(call for call in declared if call.intent in actions)
    statements: list[CedarStatement] = []
    for document in (*declared_permits(declared), *documents):
        try:
            statements.extend(split_policies(document))
        except PolicyError as fault:
            faults.append(fault)
    parsed, found = parse_all(statements)
    faults += found
    parsed, found = _unique(parsed)
    faults += found
    if handle is not None:
        found = list(_find_misfits(parsed, handle))
        faults += found
    return Inspection(
        sources=PolicySources(
            policies=tuple(sorted((policy for _, policy in parsed), key=lambda policy: policy.id)),
            schema=schema.text,
            actions=actions,
        ),
        faults=tuple(faults),
    )


def _find_unknown_intents(calls: Iterable[DeclaredCall], actions: Sequence[str]) -> Iterator[PolicyError]:
    for call in calls:
        if call.intent not in actions:
            known = ", ".join(f"`{name}`" for name in actions)
            yield PolicyError(
                f"`{call.caller}` calls `{call.callee}` with the unknown intent `{call.intent}`",
                path=call.path or declaration_path(call.caller),
                line=call.line,
                hint=f"use one of {known}, or add it as an action to schema.cedarschema",
            )


def _unique(
    parsed: Iterable[tuple[CedarStatement, Policy]],
) -> tuple[list[tuple[CedarStatement, Policy]], list[PolicyError]]:
    """The first policy with each id, and a fault for each further one."""
    seen: dict[str, tuple[CedarStatement, Policy]] = {}
    faults: list[PolicyError] = []
    for statement, policy in parsed:
        _, first = seen.setdefault(policy.id, (statement, policy))
        if first is not policy:
            where = ":".join(str(part) for part in (first.path, first.line) if part is not None)
            fault = fault_at(
                statement,
                f"the id `{policy.id}` is already used by {where}",
                "give each policy an id of its own; a declared call has its permit already",
            )
            faults.append(fault)
    return list(seen.values()), faults


def _find_misfits(parsed: Sequence[tuple[CedarStatement, Policy]], handle: Any) -> Iterator[PolicyError]:
    """A fault for each thing that does not fit the schema, in the order of the policies.

    Of one policy, faults with a known place come first; Cedar gives them in no fixed order.
    """
    result = cedarpy.validate_policies("\n".join(policy.text for _, policy in parsed), handle)
    if result.validation_passed:
        return
    faults: list[_Misfit] = []
    for fault in result.errors:
        message = re.sub(r"^for policy `policy\d+`, ", "", fault.error)
        found = find_quoted(message, parsed[_number(fault)][0].text)
        faults.append((_number(fault), found is None, plain(message), found or 0))
    placed = {number for number, unplaced, *_ in faults if not unplaced}
    for number, unplaced, message, offset in _merge_actions(sorted(faults)):
        if unplaced and number in placed and message.startswith(_CONSEQUENCE):
            continue
        statement, policy = parsed[number]
        yield fault_at(
            statement,
            f"the policy `{policy.id}` does not fit the schema: {message}",
            "use what the schema names, or add it to schema.cedarschema",
            offset=None if unplaced else statement.tokens[0].start + offset,
        )


def _merge_actions(faults: Iterable[_Misfit]) -> Iterator[_Misfit]:
    """Merge faults that Cedar finds for each action of a policy into one, which names all of the actions."""
    together: dict[_Misfit, list[str]] = {}
    for number, unplaced, message, offset in faults:
        masked = _ACTION.sub(_ANY_ACTION, message)
        together.setdefault((number, unplaced, masked, offset), []).append(message)
    for (number, unplaced, masked, offset), messages in together.items():
        named = [_ACTION.findall(message) for message in messages]
        if all(len(actions) == 1 for actions in named):
            *most, last = dict.fromkeys(action for [action] in named)
            listed = f"{', '.join(most)} and {last}" if most else last
            yield number, unplaced, masked.replace(_ANY_ACTION, listed), offset
        else:
            yield from ((number, unplaced, message, offset) for message in dict.fromkeys(messages))


def _number(fault: Any) -> int:
    """The index of the policy that a fault is about; Cedar numbers policies in the order of the text."""
    number = fault.policy_id.removeprefix("policy")
    return int(number) if number.isdigit() else 0
