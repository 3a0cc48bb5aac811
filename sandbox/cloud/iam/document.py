"""Policy documents as values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.cloud.iam.conditions import PolicyCondition
from sandbox.cloud.iam.errors import PolicyDocumentError
from sandbox.cloud.iam.principal import PrincipalElement, principal_element

VARIABLES_SINCE = "2012-10-17"
"""The version of the language in which `${...}` is a variable; in the older one it is text."""

_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of an element; `negated` for those of `NotAction`, `NotResource`."""

    patterns: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `resources` is None where none is named, as in trust policies.

    `strange` are elements that are not known here; `variables`: whether `${...}` is one.
    """

    sid: str
    allows: bool
    actions: Patterns
    resources: Patterns | None
    principal: PrincipalElement | None
    not_principal: PrincipalElement | None
    conditions: tuple[PolicyCondition, ...]
    strange: tuple[str, ...]
    variables: bool


@dataclass(frozen=True, slots=True)
class ParsedPolicy:
    """The statements of one document; `name` is what messages call it."""

    statements: tuple[Statement, ...]
    name: str = ""


@lru_cache(maxsize=4096)
def parse_policy(text: str, name: str = "") -> ParsedPolicy:
    """Read a document; raises PolicyDocumentError. The same text gives the same value, read once."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PolicyDocumentError(f"it is no JSON: {error}") from error
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise PolicyDocumentError("it has no `Statement`")
    given = document["Statement"]
    listed = [given] if isinstance(given, Mapping) else given
    if not isinstance(listed, list):
        raise PolicyDocumentError("`Statement` is neither a statement nor a list of them")
    variables = document.get("Version") == VARIABLES_SINCE
    return ParsedPolicy(
        tuple(_statement(one, number, variables=variables) for number, one in enumerate(listed)), name
    )


def _statement(given: Any, number: int, *, variables: bool) -> Statement:
    where = f"statement {number + 1}"
    if not isinstance(given, Mapping):
        raise PolicyDocumentError(f"{where} is no object")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyDocumentError(f"{where} has the effect `{effect}`, neither Allow nor Deny")
    actions = _either(given, "Action", where)
    if actions is None:
        raise PolicyDocumentError(f"{where} names no action")
    if "Principal" in given and "NotPrincipal" in given:
        raise PolicyDocumentError(f"{where} has both Principal and NotPrincipal")
    lowered = Patterns(tuple(one.lower() for one in actions.patterns), actions.negated)
    return Statement(
        sid=str(given.get("Sid", "")),
        allows=effect == "Allow",
        actions=lowered,
        resources=_either(given, "Resource", where),
        principal=_principal(given, "Principal", where),
        not_principal=_principal(given, "NotPrincipal", where),
        conditions=_conditions(given.get("Condition", {}), where),
        strange=tuple(sorted(given.keys() - _ELEMENTS)),
        variables=variables,
    )


def _either(given: Mapping[str, Any], element: str, where: str) -> Patterns | None:
    plain, negated = element in given, f"Not{element}" in given
    if plain and negated:
        raise PolicyDocumentError(f"{where} has both {element} and Not{element}")
    if not plain and not negated:
        return None
    return Patterns(_texts(given[element if plain else f"Not{element}"], where), negated)


def _principal(given: Mapping[str, Any], element: str, where: str) -> PrincipalElement | None:
    if element not in given:
        return None
    try:
        return principal_element(given[element])
    except TypeError as error:
        raise PolicyDocumentError(f"{where} has a {element} that names nobody") from error


def _conditions(given: Any, where: str) -> tuple[PolicyCondition, ...]:
    if not isinstance(given, Mapping) or not all(isinstance(keys, Mapping) for keys in given.values()):
        raise PolicyDocumentError(f"{where} has a condition that is not operator, key and values")
    return tuple(
        PolicyCondition(operator, key, _texts(wanted, where))
        for operator, keys in given.items()
        for key, wanted in keys.items()
    )


def _texts(value: Any, where: str) -> tuple[str, ...]:
    """One text or several; booleans and numbers as JSON writes them."""
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | bool | int | float) for one in listed):
        raise PolicyDocumentError(f"{where} has a value that is neither a text nor a list of texts")
    return tuple(one if isinstance(one, str) else json.dumps(one) for one in listed)
