"""Secrets that not even an administrator may read, opened for a test as an administrator could do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.support.end_to_end.project import ProjectCopy


@contextmanager
def opened_secrets(project: ProjectCopy, *secrets: str) -> Iterator[Any]:
    """A client of Secrets Manager that these names or ARNs are open to.

    Afterwards the policies of the secrets and of their keys are as before.
    """
    client = project.client("secretsmanager")
    keys = {client.describe_secret(SecretId=secret).get("KmsKeyId") for secret in secrets}
    with ExitStack() as opened:
        for key in filter(None, keys):
            opened.enter_context(_opened_key(project, key))
        for secret in secrets:
            opened.enter_context(_opened_secret(client, secret))
        yield client


@contextmanager
def _opened_secret(client: Any, secret: str) -> Iterator[None]:
    policy = client.get_resource_policy(SecretId=secret).get("ResourcePolicy")
    client.delete_resource_policy(SecretId=secret)
    try:
        yield
    finally:
        if policy is not None:
            client.put_resource_policy(SecretId=secret, ResourcePolicy=policy)


@contextmanager
def _opened_key(project: ProjectCopy, key: str) -> Iterator[None]:
    """Let the account use a key, besides those whom its policy names."""
    client = project.client("kms")
    policy = client.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    account = client.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"]
    everything = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    said = json.loads(policy)
    wider = {**said, "Statement": [*said["Statement"], everything]}
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(wider))
    try:
        yield
    finally:
        client.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
