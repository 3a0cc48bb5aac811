"""Functions for Secrets Manager to call: one that only tells its events, one that rotates."""

from __future__ import annotations

TELLS = """
import json
FAILS = None
def handler(event, context):
    print("step", json.dumps(event))
    if event["Step"] == FAILS:
        raise ValueError("no")
"""

MOVES = """
import json, os
from urllib.request import Request, urlopen
SCOPE = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/secretsmanager/aws4_request"
def call(operation, **body):
    headers = {"X-Amz-Target": f"secretsmanager.{operation}", "Content-Type": "application/x-amz-json-1.1",
               "Authorization": f"{SCOPE}, SignedHeaders=, Signature="}
    request = Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(body).encode(), headers)
    with urlopen(request) as answer:
        return json.load(answer)
def handler(event, context):
    secret, version = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        call(
            "PutSecretValue", SecretId=secret, ClientRequestToken=version, SecretString="made by rotation",
            VersionStages=["AWSPENDING"],
        )
    if event["Step"] == "finishSecret":
        held = call("DescribeSecret", SecretId=secret)["VersionIdsToStages"]
        old = [id for id, labels in held.items() if "AWSCURRENT" in labels]
        call(
            "UpdateSecretVersionStage", SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=version,
            **({"RemoveFromVersionId": old[0]} if old else {}),
        )
        call(
            "UpdateSecretVersionStage", SecretId=secret, VersionStage="AWSPENDING",
            RemoveFromVersionId=version,
        )
"""
