"""The admin function as tests call it: over moto's policy table, with one permit and one forbid at first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from cli.policies.identity import Prover
from lambdas.governance.admin import compose, entry
from policies.calls.changing.identity_proof import PROOF_HEADER, BoundRequest
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from policies.calls.versions.catalogue import Catalogue, StoredCall
from policies.calls.versions.slices import cut
from tests.support.governance.fake_sts import URL, ask, credentials_of
from tests.support.governance.moto_clients import moto_client
from tests.support.governance.publishing import deploy
from tests.support.governance.signed_trail import trail_bucket, trail_key

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:admin"
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
        proof: str | None = None,
    ) -> tuple[int, Any]:
        path, _, written_query = path.partition("?")
        parameters = {**dict(parse_qsl(written_query)), **(query or {})}
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        headers = {"if-match": f'"{match}"'} if match else {}
        if method != "GET":
            headers[PROOF_HEADER] = proof or proved(method, path, text, parameters, match, actor)
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "headers": headers,
            "requestContext": {"http": {"method": method}},
            "isBase64Encoded": False,
        }
        if parameters:
            event["queryStringParameters"] = parameters
        if body is not None:
            event["body"] = text
        answer = self.handler(event, Context())
        return answer["statusCode"], json.loads(answer["body"])


def proved(method: str, path: str, body: str, query: Mapping[str, str], match: str | None, actor: str) -> str:
    """The proof of a request by an identity."""
    bound = BoundRequest(
        audience=FUNCTION, method=method, path=unquote(path), query=query, if_match=match, body=body
    )
    prover = Prover(credentials=credentials_of(actor), region="us-east-1", sts=URL)
    return prover.prove(bound).encode()


@dataclass(frozen=True)
class Context:
    """What Lambda says of an invocation."""

    invoked_function_arn: str = f"{FUNCTION}:$LATEST"


def ids(api: Api) -> list[str]:
    """The ids of the policies of the current version."""
    return [policy["id"] for policy in api("GET", "/policies")[1]["policies"]]


def first_version(dynamodb: Any, schema: str) -> str:
    """Publish the first version: the permit of the declared call, and one forbid."""
    documents = [SourceText(path=Path("no-erase.cedar"), text=written("no-erase"))]
    sources = check(SourceText(path=Path("s.cedarschema"), text=schema), documents, CALLS)
    return deploy(cut(sources, CATALOGUE, CASES), "policies", dynamodb, sign=trail_key().sign).version


def administered(**more: str) -> Api:
    """The function with a real key and a real bucket, both moto's, and `more` settings."""
    key, bucket = trail_key(), trail_bucket()
    settings = {"POLICY_TABLE": "policies", "AUDIT_KEY": key.arn, "AUDIT_BUCKET": bucket.name}
    settings["POLICY_PEOPLE"] = json.dumps({"Ada": ["user/ada", "role/ada"], "Bob": ["user/bob"]})
    admin = compose({**settings, **more}, moto_client, ask)
    return Api(entry(lambda: admin))


def table(client: Any) -> list[Any]:
    """Every item of the policy table, in one order."""
    return sorted(
        client.scan(TableName="policies")["Items"], key=lambda each: json.dumps(each, sort_keys=True)
    )
