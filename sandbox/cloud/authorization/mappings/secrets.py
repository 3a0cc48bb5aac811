"""Secrets Manager, with what it asks of KMS in the asker's name.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.cloud.authorization.mappings.keys import through
from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

WITHOUT_SECRET = frozenset({"GetRandomPassword", "ListSecrets"})
_SERVICE = "secretsmanager"
_WRITES = frozenset({"PutSecretValue", "UpdateSecret"})
_TRIAL = "RequestToValidateKeyAccess"
"""What Secrets Manager calls the version with which it tries a key before it makes a secret under it."""


def secret_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """The secret that is named, and its key where its value is read or written."""
    action = f"{_SERVICE}:{call.operation}"
    if call.operation in WITHOUT_SECRET:
        yield Need(action=action, resource=NO_RESOURCE)
        return
    if call.operation == "CreateSecret":
        name = call.text("Name")
        arn = f"arn:aws:{_SERVICE}:{lookup.region}:{lookup.account}:secret:{name}-??????"
        yield Need(action=action, resource=arn)
        yield from _writing(lookup.key(call.text("KmsKeyId")), arn, lookup)
        return
    if call.operation == "BatchGetSecretValue":
        yield from _batch(call, lookup)
        return
    yield from _of_secret(call, lookup)


def _of_secret(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    action, named = f"{_SERVICE}:{call.operation}", call.text("SecretId")
    if not named:
        yield Need(action=action, resource=None)
        return
    found = lookup.secret(named)
    yield Need(action=action, resource=found or _unfound(named, lookup))
    if found is None:
        return
    key = lookup.secret_key(found)
    if call.operation == "GetSecretValue":
        if key:
            version = call.text("VersionId") or lookup.secret_version(found)
            yield through(_SERVICE, "Decrypt", key, lookup, {"SecretARN": found, "SecretVersionId": version})
    elif call.operation in _WRITES:
        given = call.text("KmsKeyId")
        if given and lookup.key(given) != key:
            yield from _writing(lookup.key(given), found, lookup)
        elif "SecretString" in call.parameters or "SecretBinary" in call.parameters:
            yield from _writing(key, found, lookup, call.text("ClientRequestToken"))


def _batch(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """A batch is each of its secrets; those that a filter finds are not known.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
    """
    yield Need(action=f"{_SERVICE}:BatchGetSecretValue", resource=NO_RESOURCE)
    names = call.parameters.get("SecretIdList")
    if not isinstance(names, list) or call.parameters.get("Filters"):
        yield Need(action=f"{_SERVICE}:GetSecretValue", resource=None)
        return
    for name in names:
        one = replace(call, operation="GetSecretValue", parameters={"SecretId": name})
        yield from _of_secret(one, lookup)


def _writing(key: str | None, secret: str, lookup: Lookup, version: str = _TRIAL) -> Iterator[Need]:
    if key:
        for operation in ("GenerateDataKey", "Decrypt"):
            yield through(_SERVICE, operation, key, lookup, {"SecretARN": secret, "SecretVersionId": version})


def _unfound(named: str, lookup: Lookup) -> str:
    """AWS names a secret that does not exist as it was asked for."""
    return (
        named
        if named.startswith("arn:")
        else f"arn:aws:{_SERVICE}:{lookup.region}:{lookup.account}:secret:{named}"
    )
