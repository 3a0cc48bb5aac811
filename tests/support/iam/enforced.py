"""The small account in moto, behind the middleware that holds requests to IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.cloud.authorization.in_moto.judging import MotoJudge
from sandbox.cloud.authorization.middleware import EMULATOR, AuthorizationMiddleware
from sandbox.cloud.authorization.record import AuthorizationRecord
from sandbox.cloud.emulator.emulator import Emulator
from tests.support.iam.operations import Operation
from tests.support.iam.small_account import (
    ACCOUNT,
    BUCKET,
    KEY_IDS,
    REGION,
    ROLES,
    SECRET_POLICIES,
    SECRET_TAGS,
    SECRETS,
    TABLES,
    documents,
    identity_documents,
    key_arn,
    role_arn,
    secret_arn,
    table_arn,
)

_UNJUDGED = "AKIAEMULATOR"


class EnforcedAws:
    """Clients of the small account, for each of those who are in it."""

    def __init__(self, endpoint: str, record: AuthorizationRecord) -> None:
        self.record = record
        self._endpoint = endpoint
        self._session = boto3.Session(region_name=REGION)
        self._clients: dict[tuple[str, str], Any] = {}
        self._credentials: dict[str, dict[str, str]] = {
            "": {"aws_access_key_id": _UNJUDGED, "aws_secret_access_key": "x"}
        }

    def client(self, service: str, who: str = "") -> Any:
        """A client that signs as somebody; by default one whose requests are not judged."""
        made = self._clients.get((service, who))
        if made is None:
            made = self._session.client(service, endpoint_url=self._endpoint, **self._of(who))
            self._clients[service, who] = made
        return made

    def carry_out(self, who: str, operation: Operation) -> str:
        """The error code of an operation; empty if it went well."""
        client = self.client(operation.client, who)
        try:
            getattr(client, operation.method)(**operation.arguments)
        except client.exceptions.ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def _of(self, who: str) -> dict[str, str]:
        if who not in self._credentials:
            if who == "operator":
                given = self.client("iam").create_access_key(UserName="operator")["AccessKey"]
                self._credentials[who] = _named(given)
            else:
                answer = self.client("sts").assume_role(RoleArn=role_arn(who), RoleSessionName="test")
                self._credentials[who] = _named(answer["Credentials"])
        return self._credentials[who]

    def furnish(self) -> None:
        """Make what is in the account, with the ARNs that the documents name."""
        self._keys()
        self._secrets()
        for name, key in TABLES.items():
            partition = "id" if name == "dev-idempotency" else "pk"
            self.client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": partition, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": partition, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn(key)},
            )
        self.client("dynamodb").put_resource_policy(
            ResourceArn=table_arn("dev-governance-policies"), Policy=documents()["ResourcePolicy policies"]
        )
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=documents()["BucketPolicy audit"])
        for service in ("axon", "orbit"):
            self.client("ecr").create_repository(repositoryName=f"dev/{service}")
            self.client("ecr").set_repository_policy(
                repositoryName=f"dev/{service}", policyText=documents()[f"RepositoryPolicy {service}"]
            )
        self._identities()

    def _keys(self) -> None:
        backend: Any = kms_backends[ACCOUNT][REGION]
        for name, wanted in KEY_IDS.items():
            usage = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"} if name == "audit" else {}
            self.client("kms").create_key(Policy=documents()[f"Key {name}"], **usage)
            made, key = backend.keys.popitem()
            assert made == key.id
            key.id, key.arn = wanted, key_arn(name)
            backend.keys[wanted] = key

    def _secrets(self) -> None:
        secrets: Any = secretsmanager_backends[ACCOUNT][REGION].secrets
        for name, key in SECRETS.items():
            tags = [{"Key": tag, "Value": value} for tag, value in SECRET_TAGS.get(name, {}).items()]
            self.client("secretsmanager").create_secret(
                Name=name, SecretString="{}", KmsKeyId=key_arn(key), Tags=tags
            )
            secret = secrets.get(name)
            secret.arn = secret_arn(name)
            secret.policy = documents()[f"SecretPolicy {SECRET_POLICIES[name]}"]

    def _identities(self) -> None:
        iam = self.client("iam")
        for who, role in ROLES.items():
            policy, boundary = identity_documents(who)
            limit = f"arn:aws:iam::{ACCOUNT}:policy/{role.boundary.partition(' ')[2]}"
            if limit not in iam_backends[ACCOUNT]["aws"].managed_policies:
                iam.create_policy(PolicyName=limit.rpartition("/")[2], PolicyDocument=boundary)
            iam.create_role(
                RoleName=role.name,
                AssumeRolePolicyDocument=documents()[role.resource],
                PermissionsBoundary=limit,
            )
            iam.put_role_policy(RoleName=role.name, PolicyName="derived", PolicyDocument=policy)
        iam.create_user(UserName="operator")
        iam.put_user_policy(
            UserName="operator", PolicyName="administrator", PolicyDocument=identity_documents("operator")[0]
        )


@contextmanager
def enforced_aws(*, furnished: bool = True) -> Iterator[EnforcedAws]:
    """Serve the small account from moto in this process; moto has nothing in it before."""
    record = AuthorizationRecord()
    emulator = Emulator(
        ping=dict,
        status=dict,
        shutdown=lambda: None,
        token="",
        preloaded=(),
        middleware=[
            lambda application: AuthorizationMiddleware(
                application, lambda: MotoJudge(ACCOUNT), record, services={_UNJUDGED: EMULATOR}
            )
        ],
    )
    emulator.start()
    try:
        moto_api_backend.reset()
        aws = EnforcedAws(emulator.endpoint, record)
        if furnished:
            aws.furnish()
        yield aws
    finally:
        emulator.stop()
        moto_api_backend.reset()


def _named(given: dict[str, str]) -> dict[str, str]:
    made = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    token = given.get("SessionToken")
    return made | ({"aws_session_token": token} if token else {})


def document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
