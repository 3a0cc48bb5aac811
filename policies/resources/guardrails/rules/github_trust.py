"""Roles that GitHub's workflows may assume are for one audience, and for subjects that are named in full.

https://docs.github.com/actions/concepts/security/openid-connect
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings.severity import Severity
from ...graph.values import UNKNOWN
from ..iam_policies import listed, policies_of
from ..rule import Guardrail, Reach
from ..subject import NotConcernedError, NotKnownError, Subject

ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE, _SUBJECT = "aud", "sub"
_WITH_TOKEN = "sts:assumerolewithwebidentity"  # noqa: S105 - an action
_EQUAL = frozenset({"stringequals", "stringequalsignorecase"})
_LIKE = frozenset({"stringlike"})
_ANY_VALUE = "foranyvalue:"
_WILD = "*?"


def _judge(subject: Subject) -> str | None:
    concerned = False
    for policy in policies_of(subject):
        for statement in policy.statements():
            trusted = _trusts_github(statement)
            if trusted is None:
                raise NotKnownError(policy.property)
            if trusted:
                concerned = True
                if fault := _fault(statement, policy.property):
                    return fault
    if not concerned:
        raise NotConcernedError
    return None


def _trusts_github(statement: Mapping[str, Any]) -> bool | None:
    """Whether a statement lets in who has a token of GitHub; None where that is not known."""
    if statement.get("Effect") != "Allow" or not _by_token(statement):
        return False
    principal = statement.get("Principal")
    providers = listed(principal.get("Federated")) if isinstance(principal, Mapping) else [principal]
    if any(ISSUER in str(provider) for provider in providers if provider is not UNKNOWN):
        return True
    if UNKNOWN not in providers:
        return False
    # the provider's ARN comes with the deployment; the conditions tell whose tokens they are about
    conditions = statement.get("Condition", {})
    keys = [key for _, key, _ in _conditions(conditions)]
    if any(key.startswith(ISSUER) for key in keys):
        return True
    return False if keys and not _partly_known(conditions) else None


def _by_token(statement: Mapping[str, Any]) -> bool:
    actions = [str(action).lower() for action in listed(statement.get("Action")) if action is not UNKNOWN]
    return not actions or any(action in (_WITH_TOKEN, "sts:*", "*") for action in actions)


def _fault(statement: Mapping[str, Any], name: str) -> str | None:
    conditions = statement.get("Condition", {})
    found = list(_conditions(conditions))
    for claim in (_AUDIENCE, _SUBJECT):
        what = f"`{claim}`"
        values = [value for _, key, listed_values in found if _claim(key) == claim for value in listed_values]
        if not values and _partly_known(conditions):
            raise NotKnownError(name)
        if not values:
            return f"no condition on {what} of the token: {_CONSEQUENCE[claim]}"
        wild = [
            str(value)
            for operator, key, listed_values in found
            if _claim(key) == claim and operator in _LIKE
            for value in listed_values
            if value is not UNKNOWN and set(str(value)) & set(_WILD)
        ]
        if wild:
            return f"{what} may be `{wild[0]}`, which fits more than one"
        if UNKNOWN in values:
            raise NotKnownError(name)
    return None


def _claim(key: str) -> str:
    """The claim that a condition key is about; an enterprise may have an issuer of its own below GitHub's."""
    return key.rpartition(":")[2] if key.startswith(ISSUER) else ""


_CONSEQUENCE = {
    _AUDIENCE: "one that was made for another service is accepted, too",
    _SUBJECT: "every workflow of every repository on GitHub may assume the role",
}


def _partly_known(conditions: Any) -> bool:
    """Whether there may be conditions that are not known yet."""
    if isinstance(conditions, Mapping):
        return any(
            keys is UNKNOWN for operator, keys in conditions.items() if _plain(operator) in _EQUAL | _LIKE
        )
    return conditions is UNKNOWN


def _plain(operator: Any) -> str:
    return str(operator).lower().removeprefix(_ANY_VALUE)


def _conditions(conditions: Any) -> Iterator[tuple[str, str, list[Any]]]:
    """Operator, key and values of each condition that wants a key to be there and to have a value.

    An operator with `IfExists`, and one with `ForAllValues`, are met by a token without the key.
    """
    if not isinstance(conditions, Mapping):
        return
    for operator, keys in conditions.items():
        plain = _plain(operator)
        if plain in _EQUAL | _LIKE and isinstance(keys, Mapping):
            for key, values in keys.items():
                yield plain, str(key).lower(), listed(values)


GITHUB_TRUST = Guardrail(
    id="CKV_MYELIN_16",
    name="github-trust-is-exact",
    title="Ensure that roles for GitHub's workflows name their audience and their subjects in full",
    hint="StringEquals on `aud` (sts.amazonaws.com) and on `sub` (repo:OWNER/REPO:environment:NAME)",
    reach=Reach.ANYBODY,
    kinds=("aws_iam_role",),
    judge=_judge,
    severity=Severity.HIGH,
)
