"""Every policy document of a recorded environment, and what is asked of each: all of a small world.

What a document must say is written in concrete names alone, without patterns, so that it is no copy of the
document; a question is asked for each combination of who, what, on what, and values of condition keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from stacks.names import Layer
from tests.support.recording.iam import ALLOW, DENY, SILENT, is_action, names_action, statements, verdict
from tests.support.recording.recorder import Graph

ABSENT = "(absent)"
"""Stands for a condition key that a request does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """One thing that a document says: to each of `by`, for each of `actions` on each of `on`.

    `when` has, for some condition keys, the values for which it says so. `by` is empty for the policy of an
    identity; `on` is what the policy is attached to, or an action without a resource, where it is None.
    """

    actions: Sequence[str]
    by: Iterable[str] = ()
    on: Iterable[str | None] = (None,)
    when: Mapping[str, Iterable[str]] = field(default_factory=dict)
    said: str = ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What there is to ask about. `values` are those of each condition key, in which ABSENT may be."""

    principals: Sequence[str]
    resources: Sequence[str | None]
    values: Mapping[str, Sequence[str]]
    actions: Sequence[str]


def policy_documents(graphs: Mapping[Layer, Graph]) -> dict[str, str]:
    """Each document by `Type name`, wherever in a resource's inputs it stands."""
    found: dict[str, str] = {}
    for graph in graphs.values():
        for one in graph.custom:
            texts = list(_texts(one.inputs))
            if one.type == "aws:lambda/permission:Permission":
                texts.append(_as_document(one.inputs))
            for number, text in enumerate(texts):
                name = f"{one.type.rpartition(':')[2]} {one.name}" + (f" {number + 1}" if number else "")
                assert name not in found, f"two documents are called {name}"
                found[name] = text
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.lstrip().startswith("{") and '"Statement"' in value:
        yield value
    elif isinstance(value, Mapping):
        if "Statement" in value:
            yield json.dumps(value)
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _as_document(permission: Mapping[str, Any]) -> str:
    """A permission of Lambda as the statement that it adds to the function's policy."""
    known = {"function", "qualifier", "statementId", "action", "principal", "sourceAccount", "sourceArn"}
    assert permission.keys() <= known, permission.keys() - known
    conditions = {
        operator: {key: permission[given]}
        for operator, key, given in (
            ("StringEquals", "aws:SourceAccount", "sourceAccount"),
            ("ArnLike", "aws:SourceArn", "sourceArn"),
        )
        if given in permission
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": permission["principal"]},
        "Action": permission["action"],
        "Condition": conditions,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def condition_keys(document: str, action: str) -> set[str]:
    """The condition keys that matter for an action, but for those that follow from who asks."""
    keys = {
        key
        for one in statements(document)
        if is_action(one, action)
        for keys in one.get("Condition", {}).values()
        for key in keys
    }
    return keys - {"aws:PrincipalArn", "aws:PrincipalAccount"}


def actions_named(documents: Iterable[str]) -> set[str]:
    """Every action that any of the documents names."""
    named: set[str] = set()
    for document in documents:
        for one in statements(document):
            actions = one.get("Action", one.get("NotAction"))
            named.update([actions] if isinstance(actions, str) else actions)
    return named


def weakened(document: str) -> Iterator[tuple[str, str]]:
    """The document with one thing changed at a time, and what that is: each allows more, or forbids less."""
    for number, statement in enumerate(statements(document)):
        for what, changed in _weaker(statement):
            listed = [*statements(document)]
            listed[number : number + 1] = changed
            yield (
                f"{statement.get('Sid')}: {what}",
                json.dumps({"Version": "2012-10-17", "Statement": listed}),
            )


def _weaker(statement: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    actions = statement["Action"]
    listed = [actions] if isinstance(actions, str) else actions
    yield "left out", []
    for action in listed:
        yield f"without {action}", [{**statement, "Action": [one for one in listed if one != action]}]
    more = f"{listed[0].partition(':')[0]}:DeleteEverything"
    yield "one more action", [{**statement, "Action": [*listed, more]}]
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            fewer = {one: value for one, value in keys.items() if one != key}
            conditions = {**statement["Condition"], operator: fewer}
            yield f"without {operator} {key}", [{**statement, "Condition": conditions}]
    if statement.get("Resource", "*") != "*":
        yield "on everything", [{**statement, "Resource": "*"}]
    narrowed = {
        *statement.get("Condition", {}).get("ArnEquals", ()),
        *statement.get("Condition", {}).get("ArnLike", ()),
    }
    if statement.get("Principal", "*") != "*" and "aws:PrincipalArn" not in narrowed:
        yield "for everybody", [{**statement, "Principal": "*"}]


def disagreements(document: str, expected: Sequence[Says], world: World) -> Iterator[str]:
    """The questions that a document answers otherwise than expected."""
    askers: Sequence[str | None] = world.principals if any(one.by for one in expected) else [None]
    yield from _malformed(document, of_identity=askers == [None])
    plain = all(set(one.on) == {None} for one in expected) and not _names_resources(document)
    resources = [None] if plain else world.resources
    for action in world.actions:
        about = [one for one in expected if action in one.actions]
        if not about and not names_action(document, action):
            continue
        keys = sorted(condition_keys(document, action) | {key for one in about for key in one.when})
        for values in product(*(world.values[key] for key in keys)):
            given = dict(zip(keys, values, strict=True))
            present = {key: value for key, value in given.items() if value != ABSENT}
            for asker, resource in product(askers, resources):
                said = verdict(document, action=action, resource=resource, principal=asker, context=present)
                wanted = _expected(about, asker, resource, given)
                if said != wanted:
                    who = asker or "its identity"
                    yield f"{who}: {action} on {resource or 'it'} with {present}: {said}, not {wanted}"


def _malformed(document: str, *, of_identity: bool) -> Iterator[str]:
    """A statement of another form than its document has: AWS refuses it, or reads something else."""
    listed = statements(document)
    for one in listed:
        if ("Principal" in one or "NotPrincipal" in one) is of_identity:
            yield f"{one.get('Sid')}: a principal in the policy of an identity, or none in that of a resource"
    if len({"Resource" in one or "NotResource" in one for one in listed}) > 1:
        yield "some statements name a resource, and some do not"


def _names_resources(document: str) -> bool:
    """Whether any statement speaks of anything but `*`, by which a resource policy means its own resource."""
    return any(one.get("Resource", "*") != "*" or "NotResource" in one for one in statements(document))


def _expected(
    about: Sequence[Says], asker: str | None, resource: str | None, given: Mapping[str, str]
) -> str:
    said = {
        one.said
        for one in about
        if (asker is None or asker in one.by)
        and resource in one.on
        and all(given[key] in values for key, values in one.when.items())
    }
    return DENY if DENY in said else ALLOW if ALLOW in said else SILENT
