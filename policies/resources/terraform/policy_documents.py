"""Which attributes hold IAM policy documents, and what is wrong with one that AWS would refuse.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..graph.values import UNKNOWN, Graph, Resource, Secret, Value, reveal
from .names import nested_attribute, terraform_names
from .schema import provider_schema

_PATHS = (
    "access_policies",
    "access_policy",
    "assume_role_policy",
    "delivery_destination_policy",
    "details.policy",
    "inline_policy",
    "inline_policy.policy",
    "policy",
    "policy_document",
    "repository_policy",
    "resource_policy",
    "s3_access_point.policy",
    "session_policy",
)
_OTHER_DOCUMENTS = frozenset(
    {
        "aws_cloudwatch_log_account_policy",
        "aws_cloudwatch_log_data_protection_policy",
        "aws_cloudwatch_log_index_policy",
        "aws_ecr_lifecycle_policy",
        "aws_iot_policy_attachment",
        "aws_networkmanager_core_network_policy_attachment",
        "aws_opensearchserverless_access_policy",
        "aws_opensearchserverless_lifecycle_policy",
        "aws_opensearchserverless_security_policy",
        "aws_ses_receipt_filter",
        "aws_sns_topic_data_protection_policy",
        "aws_verifiedaccess_endpoint",
        "aws_verifiedaccess_group",
    }
)
"""Types whose documents have another grammar, and only a name like these."""
_VERSIONS = ("2012-10-17", "2008-10-17")
_EFFECTS = ("Allow", "Deny")
_LISTED = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")


def policy_paths(terraform_type: str) -> tuple[str, ...]:
    """The attributes of a type that hold IAM policies, through blocks."""
    if terraform_type in _OTHER_DOCUMENTS:
        return ()
    schema = provider_schema()
    shape = schema.resource(terraform_type)
    found = []
    for path in _PATHS:
        top, _, inside = path.partition(".")
        if top not in shape or bool(inside) != (shape[top].block is not None):
            continue
        if not inside or inside in schema.block(shape[top]):
            found.append(path)
    return tuple(found)


def document_of(value: Any) -> Any:
    """A policy as an object, whether it is one or a JSON text; raises ValueError for other texts."""
    return json.loads(value) if isinstance(value, str) else value


def fault_of(value: Any) -> str | None:
    """What is wrong with a policy, in words that follow its name; None for a good one.

    Parts that are not known are taken to be good.
    """
    if value in (UNKNOWN, None, ""):
        return None
    try:
        document = document_of(value)
    except ValueError:
        return "is no JSON"
    if not isinstance(document, Mapping):
        return "is no JSON object"
    if document.get("Version", UNKNOWN) not in (*_VERSIONS, UNKNOWN):
        return f"has a `Version` other than {' and '.join(_VERSIONS)}"
    if "Statement" not in document:
        return "has no `Statement`"
    statements = document["Statement"]
    for number, statement in enumerate(statements if isinstance(statements, list) else [statements], start=1):
        if statement is UNKNOWN:
            continue
        if not isinstance(statement, Mapping):
            return f"has a statement that is no object: statement {number}"
        if fault := _statement_fault(statement):
            return f"has a statement {fault}: statement {number}"
    return None


def _statement_fault(statement: Mapping[str, Any]) -> str | None:
    if statement.get("Effect") not in (*_EFFECTS, UNKNOWN):
        return "whose `Effect` is neither `Allow` nor `Deny`"
    if not {"Action", "NotAction"} & statement.keys():
        return "without `Action`"
    for name in _LISTED:
        if name in statement and not _is_texts(statement[name]):
            return f"whose `{name}` is neither a text nor a list of texts"
    for name in _PRINCIPALS:
        if name in statement and not _is_principal(statement[name]):
            return f"whose `{name}` names no principal"
    conditions = statement.get("Condition", {})
    if conditions is not UNKNOWN and not (
        isinstance(conditions, Mapping)
        and all(item is UNKNOWN or isinstance(item, Mapping) for item in conditions.values())
    ):
        return "whose `Condition` is no object of objects"
    return None


def _is_texts(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(item is UNKNOWN or isinstance(item, str) for item in items)


def _is_principal(value: Any) -> bool:
    if value is UNKNOWN or isinstance(value, str):
        return value in (UNKNOWN, "*")
    return isinstance(value, Mapping) and all(map(_is_texts, value.values()))


def set_aside(graph: Graph) -> tuple[Graph, Mapping[str, frozenset[str]]]:
    """Take out policies that AWS would refuse, for checks stumble over them, or take them to be empty.

    Gives the graph in which they are not known, and the inputs that they were, by URN.
    """
    malformed: dict[str, frozenset[str]] = {}
    resources: list[Resource] = []
    for resource in graph.resources:
        good = {name: _without_faults(resource.inputs[name], inside) for name, inside in _inputs(resource)}
        changed = {name: value for name, value in good.items() if value is not resource.inputs[name]}
        if changed:
            malformed[resource.urn] = frozenset(changed)
        resources.append(replace(resource, inputs={**resource.inputs, **changed}) if changed else resource)
    return (replace(graph, resources=tuple(resources)) if malformed else graph), malformed


def _inputs(resource: Resource) -> Iterator[tuple[str, str]]:
    """The inputs that hold policies, with the attribute inside a block, or an empty one."""
    names, schema = terraform_names(), provider_schema()
    kind = names.terraform_type(resource.token) if resource.of_aws else None
    paths = dict(path.partition(".")[::2] for path in policy_paths(kind)) if kind else {}
    if kind is None or not paths:
        return
    shape = schema.resource(kind)
    for name in resource.inputs:
        top = names.attribute(resource.token, name, shape)
        if top in paths:
            yield name, paths[top]


def _without_faults(value: Value, inside: str) -> Value:
    """A value as it is, or with UNKNOWN in the place of each policy that AWS would refuse."""
    if isinstance(value, Secret):
        good = _without_faults(value.value, inside)
        return value if good is value.value else Secret(value=good)
    if not inside:
        return UNKNOWN if fault_of(reveal(value)) else value
    if isinstance(value, list):
        items = [_without_faults(item, inside) for item in value]
        return value if all(map(_is, items, value)) else items
    if isinstance(value, dict):
        found = {
            name: _without_faults(item, "") if nested_attribute(name, (inside,)) else item
            for name, item in value.items()
        }
        return value if all(map(_is, found.values(), value.values())) else found
    return value


def _is(one: object, other: object) -> bool:
    return one is other
