"""What holds for each component (components/README.md), judged on a recorded graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policies.resources.guardrails.rules.tags import taggable
from policies.resources.terraform.names import terraform_names
from tests.support.recording.recorder import Graph, Recorded

Inputs = Mapping[str, Any]

ANYWHERE = {"0.0.0.0/0", "::/0"}
_NAMES = ("name", "bucket", "family", "alarmName")
_NAMED_INSIDE = {
    "aws:ecs/service:Service": "its cluster has the environment's name",
    "aws:lambda/alias:Alias": "its function has the environment's name",
}
"""Types whose names are unique in something that is named after the environment."""
_PREFIX = r"(alias/|/myelin/|/aws/lambda/)?"

ENCRYPTED: Mapping[str, Callable[[Inputs], bool]] = {
    "aws:cloudwatch/logGroup:LogGroup": lambda given: bool(given.get("kmsKeyId")),
    "aws:dynamodb/table:Table": lambda given: (
        given["serverSideEncryption"]["enabled"] and bool(given["serverSideEncryption"]["kmsKeyArn"])
    ),
    "aws:ecr/repository:Repository": lambda given: (
        given["encryptionConfigurations"][0]["encryptionType"] == "KMS"
    ),
    "aws:lambda/function:Function": lambda given: bool(given.get("kmsKeyArn")),
    "aws:secretsmanager/secret:Secret": lambda given: bool(given.get("kmsKeyId")),
    "aws:sns/topic:Topic": lambda given: bool(given.get("kmsMasterKeyId")),
}
"""Types that are under a key of ours; a bucket says so in a resource beside it."""
STATEFUL: Mapping[str, Callable[[Recorded], bool]] = {
    "aws:dynamodb/table:Table": lambda one: one.protect and one.inputs["deletionProtectionEnabled"],
    "aws:ecr/repository:Repository": lambda one: not one.inputs["forceDelete"],
    "aws:kms/key:Key": lambda one: one.protect,
    "aws:lb/loadBalancer:LoadBalancer": lambda one: one.inputs["enableDeletionProtection"],
    "aws:s3/bucket:Bucket": lambda one: one.protect and not one.inputs["forceDestroy"],
    "aws:secretsmanager/secret:Secret": lambda one: one.inputs["recoveryWindowInDays"] > 0,
}
"""What has to be said of a type so that it, or what is in it, does not go by mistake."""
_BUCKET = "aws:s3/bucket:Bucket"
_BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_KEY = "aws:kms/key:Key"


def orphans(graph: Graph) -> list[str]:
    """Resources of the provider that no component is the parent of."""
    own = {one.urn for one in graph.components}
    return [f"{one.type} {one.name}" for one in graph.custom if one.parent not in own]


def breaches(
    graph: Graph, component: Recorded, environment: str, layer: str, *, protected: bool
) -> list[str]:
    """Where a component, with all that is below it, does not keep to the contract."""
    below = list(_below(graph, component))
    found = [line for one in below for line in _of_one(one, environment, layer, protected=protected)]
    found += [
        f"{one.name}: not encrypted" for one in below if one.type == _BUCKET and not _encrypted(one, below)
    ]
    if not any(
        value not in (None, "", []) for value in graph.registered_outputs.get(component.urn, {}).values()
    ):
        found.append(f"{component.name}: registers no outputs")
    return [f"{component.type} {line}" for line in found]


def _below(graph: Graph, component: Recorded) -> Iterator[Recorded]:
    for one in graph.resources:
        if one.parent == component.urn:
            if one.custom:
                yield one
            else:
                yield from _below(graph, one)


def _of_one(one: Recorded, environment: str, layer: str, *, protected: bool) -> Iterator[str]:
    given = one.inputs
    if re.search(rf"(^|[-./]){environment}([-./]|$)", one.name):
        yield f"{one.name}: the logical name carries the environment"
    for key in _NAMES:
        named = str(given.get(key, ""))
        if named and one.type not in _NAMED_INSIDE and not _derived(named, environment):
            yield f"{one.name}: {key} `{named}` does not follow from the environment"
    kind = terraform_names().terraform_type(one.type)
    if kind and taggable(kind):
        expected = {"myelin:environment": environment, "myelin:layer": layer}
        tags = given.get("tags") or {}
        if not tags.get("Name") or {key: tags.get(key) for key in expected} != expected:
            yield f"{one.name}: lacks tags of its scope"
    if _opens_to_anybody(one):
        yield f"{one.name}: lets in from anywhere"
    if one.type in ENCRYPTED and not ENCRYPTED[one.type](given):
        yield f"{one.name}: not encrypted by a key of ours"
    if one.type == _KEY and given.get("keyUsage") != "SIGN_VERIFY" and not given.get("enableKeyRotation"):
        yield f"{one.name}: does not rotate"
    if one.type in STATEFUL and bool(STATEFUL[one.type](one)) is not protected:
        yield f"{one.name}: {'is not' if protected else 'is'} protected"


def _derived(named: str, environment: str) -> bool:
    return re.match(rf"{_PREFIX}{environment}([-./]|$)", named) is not None


def _opens_to_anybody(one: Recorded) -> bool:
    """By a rule of its own, or one inside of a group. An ACL is not a group: answers come through it."""
    if one.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        return bool(ANYWHERE & {one.inputs.get("cidrIpv4"), one.inputs.get("cidrIpv6")})
    if "securityGroup" in one.type.rpartition("/")[2].partition(":")[0]:
        return any(each in str(one.inputs.get("ingress", "")) for each in ANYWHERE)
    return False


def _encrypted(bucket: Recorded, beside: list[Recorded]) -> bool:
    name = bucket.inputs["bucket"]
    return any(one.type == _BUCKET_ENCRYPTION and one.inputs["bucket"] == name for one in beside)
