"""The account of the environment `dev` as it would be: who there is, what there is, and every policy.

The documents are those that the program makes; the ARNs that a recorder made up stand for real ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sandbox.cloud.iam.administrator import ADMINISTRATOR
from tests.support.recording import recorder
from tests.support.recording.environments import recorded
from tests.support.recording.policy_documents import policy_documents

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = f"dev-governance-audit-{ACCOUNT}-{REGION}"
KEY_IDS = {
    name: f"{number:08d}-0000-4000-8000-000000000000"
    for number, name in enumerate(("axon", "orbit", "calls", "grants", "platform", "audit"), 1)
}
SECRETS = {
    "dev/axon/heartbeat-key": "axon",
    "dev/calls/orbit/axon/signing-key": "calls",
    "dev/grants/signing-key": "grants",
    "dev/grants/public-keys": "grants",
}
"""Each secret with its key."""
ROTATED = {"myelin:rotation": "generated"}
SECRET_TAGS = {"dev/axon/heartbeat-key": ROTATED, "dev/calls/orbit/axon/signing-key": ROTATED}
"""The tags of secrets that policies look at."""
TABLES = {"dev-governance-policies": "platform", "dev-idempotency": "grants"}
SECRET_POLICIES = {
    "dev/axon/heartbeat-key": "axon.heartbeat-key",
    "dev/calls/orbit/axon/signing-key": "orbit-axon.signing-key",
    "dev/grants/signing-key": "grants.signing-key",
    "dev/grants/public-keys": "grants.public-keys",
}
OPERATOR = f"arn:aws:iam::{ACCOUNT}:user/operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallRole:
    """A role by its name in AWS; `policy` and `boundary` are what the program calls them."""

    name: str
    resource: str
    policy: str
    boundary: str


ROLES = {
    **{
        f"{service} {kind}": SmallRole(
            name=f"dev-{service}-{kind}",
            resource=f"Role {service}-{kind}",
            policy=f"RolePolicy {service}-{kind}",
            boundary=f"Policy {service}",
        )
        for service in ("axon", "orbit")
        for kind in ("task", "execution")
    },
    **{
        who: SmallRole(
            name=f"dev-{name}",
            resource=f"Role {made}",
            policy=f"RolePolicy {made}",
            boundary=f"Policy {made}",
        )
        for who, name, made in (
            ("decide", "governance-decide", "governance"),
            ("admin", "governance-admin", "governance-admin"),
            ("rotation", "rotation", "rotation"),
            ("hooks", "ecs-hooks", "ecs-hooks"),
            ("balancer", "ecs-load-balancer", "ecs-load-balancer"),
        )
    },
}


def key_arn(name: str) -> str:
    """The ARN of a key."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_IDS[name]}"


def secret_arn(name: str) -> str:
    """The ARN of a secret, with the six characters that AWS appends."""
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf"


def role_arn(who: str) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/{ROLES[who].name}"


def table_arn(name: str) -> str:
    """The ARN of a table."""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


@cache
def documents() -> dict[str, str]:
    """Every policy document, by type and name in the program."""
    return {name: _real(text) for name, text in policy_documents(recorded("dev")).items()}


def resource_document(arn: str) -> str | None:
    """The policy of a resource; None if it has none."""
    found = documents()
    for name, key in KEY_IDS.items():
        if arn.endswith(f":key/{key}"):
            return found[f"Key {name}"]
    for name, policy in SECRET_POLICIES.items():
        if arn == secret_arn(name):
            return found[f"SecretPolicy {policy}"]
    if arn.startswith(f"arn:aws:s3:::{BUCKET}"):
        return found["BucketPolicy audit"]
    if arn == table_arn("dev-governance-policies"):
        return found["ResourcePolicy policies"]
    if ":repository/dev/" in arn:
        return found.get(f"RepositoryPolicy {arn.rpartition('/')[2]}")
    return next((found[role.resource] for who, role in ROLES.items() if role_arn(who) == arn), None)


def identity_documents(who: str) -> tuple[str, str | None]:
    """What is attached to somebody, and their boundary."""
    if who == "operator":
        return ADMINISTRATOR, None
    return documents()[ROLES[who].policy], documents()[ROLES[who].boundary]


def _real(text: str) -> str:
    text = text.replace(recorder.ACCOUNT, ACCOUNT)
    text = re.sub(rf"arn:aws:key:{REGION}:{ACCOUNT}:([a-z]+)", lambda one: key_arn(one[1]), text)
    return re.sub(rf"arn:aws:secret:{REGION}:{ACCOUNT}:([a-z/-]+)", lambda one: secret_arn(one[1]), text)
