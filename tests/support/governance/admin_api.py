"""The admin function as tests call it: over moto's policy table, with one permit and one forbid at first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3

from lambdas.governance.admin import compose, entry
from policies.calls.changing.deployment import deploy
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from policies.calls.versions.catalogue import Catalogue, StoredCall
from policies.calls.versions.slices import cut

ADA = "arn:aws:iam::123456789012:user/ada"
BOB = "arn:aws:iam::123456789012:user/bob"


CALLS = (StoredCall(caller="orbit", callee="axon", intent="reason"),)
CATALOGUE = Catalogue(services=("axon", "orbit"), calls=CALLS)
CASES = [
    {
        "name": "orbit may reason",
        "request": {"service": "orbit", "intent": "reason", "target": "axon"},
        "expect": "allow",
    }
]


def written(name: str, effect: str = "forbid", action: str = "erase", when: str = "") -> str:
    """The text of a policy."""
    return f'@id("{name}") @reason("why") {effect} (principal, action == Action::"{action}", resource){when};'


@dataclass(frozen=True)
class Api:
    """Calls the handler as Lambda would for a request to its URL."""

    handler: Callable[[Any, Any], dict[str, Any]]

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        actor: str = ADA,
        match: str | None = None,
    ) -> tuple[int, Any]:
        path, _, written_query = path.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "headers": {"if-match": f'"{match}"'} if match else {},
            "requestContext": {"http": {"method": method}, "authorizer": {"iam": {"userArn": actor}}},
            "isBase64Encoded": False,
        }
        if parameters := {**dict(parse_qsl(written_query)), **(query or {})}:
            event["queryStringParameters"] = parameters
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        answer = self.handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])


def ids(api: Api) -> list[str]:
    """The ids of the policies of the current version."""
    return [policy["id"] for policy in api("GET", "/policies")[1]["policies"]]


def first_version(dynamodb: Any, schema: str) -> str:
    """Publish the first version: the permit of the declared call, and one forbid."""
    documents = [SourceText(path=Path("no-erase.cedar"), text=written("no-erase"))]
    sources = check(SourceText(path=Path("s.cedarschema"), text=schema), documents, CALLS)
    return deploy(cut(sources, CATALOGUE, CASES), "policies", dynamodb, actor="deployer").version


def administered(**more: str) -> Api:
    """The function with a real key and a real bucket, both moto's, and `more` settings."""
    key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    boto3.client("s3").create_bucket(Bucket="trail", ObjectLockEnabledForBucket=True)
    settings = {"POLICY_TABLE": "policies", "AUDIT_KEY": key["KeyMetadata"]["Arn"], "AUDIT_BUCKET": "trail"}
    admin = compose({**settings, **more}, boto3.client)
    return Api(entry(lambda: admin))


def table(client: Any) -> list[Any]:
    """Every item of the policy table, in one order."""
    return sorted(
        client.scan(TableName="policies")["Items"], key=lambda each: json.dumps(each, sort_keys=True)
    )
