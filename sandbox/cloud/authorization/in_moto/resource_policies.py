"""The policies of resources, and the grants of keys, as they are in moto now."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.cloud.iam.document import ParsedPolicy, parse_policy
from sandbox.cloud.iam.evaluation import NO_RESOURCE
from sandbox.cloud.iam.grants import KeyGrant


def resource_policy(account: str, region: str, arn: str | None) -> ParsedPolicy | None:
    """The policy of a resource; None if it has none, or is of a service whose policies are not judged.

    Raises PolicyDocumentError for one that is none.
    """
    if arn is None or arn == NO_RESOURCE:
        return None
    service = arn.split(":")[2]
    text = _OF[service](account, region, arn) if service in _OF else None
    return parse_policy(text, "resource policy") if text else None


def key_grants(account: str, region: str, arn: str | None) -> tuple[KeyGrant, ...]:
    """The grants of a KMS key."""
    if arn is None or ":key/" not in arn or not arn.startswith("arn:aws:kms:"):
        return ()
    key = kms_backends[account][region].keys.get(arn.partition(":key/")[2])
    return () if key is None else tuple(_grant(one) for one in tuple(key.grants.values()))


def _grant(given: Any) -> KeyGrant:
    limits = given.constraints or {}
    return KeyGrant(
        grantee=given.grantee_principal,
        operations=tuple(given.operations),
        subset=limits.get("EncryptionContextSubset") or {},
        equal=limits.get("EncryptionContextEquals"),
    )


def _secret(account: str, region: str, arn: str) -> Any:
    found: Any = secretsmanager_backends[account][region].secrets.get(arn)
    return None if found is None else found.policy


def _key(account: str, region: str, arn: str) -> Any:
    key = kms_backends[account][region].keys.get(arn.partition(":key/")[2])
    return None if key is None else key.policy


def _bucket(account: str, _region: str, arn: str) -> Any:
    bucket = s3_backends[account]["aws"].buckets.get(arn.rpartition(":::")[2].partition("/")[0])
    return None if bucket is None or bucket.policy is None else bucket.policy.decode()


def _function(account: str, region: str, arn: str) -> Any:
    name, _, qualifier = arn.partition(":function:")[2].partition(":")
    backend: Any = lambda_backends[account][region]
    try:
        return json.loads(backend.get_policy(name, qualifier or None))["Policy"]
    except Exception:  # noqa: BLE001 - moto raises what its web application answers with
        return None


def _repository(account: str, region: str, arn: str) -> Any:
    found: Any = ecr_backends[account][region].repositories.get(arn.partition(":repository/")[2])
    return None if found is None else found.policy


def _role(account: str, _region: str, arn: str) -> Any:
    roles = tuple(iam_backends[account]["aws"].roles.values())
    return next((role.assume_role_policy_document for role in roles if role.arn == arn), None)


def _table(account: str, region: str, arn: str) -> Any:
    found = dynamodb_backends[account][region].resource_policies.get(arn.partition("/index/")[0])
    return None if found is None else found.policy_doc


def _queue(account: str, region: str, arn: str) -> Any:
    found: Any = sqs_backends[account][region].queues.get(arn.rpartition(":")[2])
    return None if found is None else getattr(found, "policy", None)


def _topic(account: str, region: str, arn: str) -> Any:
    found: Any = sns_backends[account][region].topics.get(arn)
    return None if found is None else found.policy


_OF: dict[str, Callable[[str, str, str], Any]] = {
    "dynamodb": _table,
    "ecr": _repository,
    "iam": _role,
    "kms": _key,
    "lambda": _function,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}

JUDGED = tuple(sorted(_OF))
"""The services whose resource policies are judged."""
