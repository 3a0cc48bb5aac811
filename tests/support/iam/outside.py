"""The outside oracle of permissions: iam-simulate, a program of its own that `make oracle` installs.

It is under the AGPL: tests run it, and nothing of it is imported, linked or committed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.iam.operations import NeededPermission
from tests.support.iam.small_account import (
    ACCOUNT,
    OPERATOR,
    ROLES,
    identity_documents,
    resource_document,
    role_arn,
)
from tests.support.paths import ROOT

PACKAGE = ROOT / ".venv/oracle/node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js"
_RUNNER = Path(__file__).parent / "oracle" / "simulate.mjs"
_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def missing() -> str:
    """What keeps the oracle from being asked; empty if nothing does."""
    if shutil.which("node") is None:
        return "there is no node on this machine"
    return "" if PACKAGE.exists() else "iam-simulate is not installed: `make oracle`"


def simulation(who: str, need: NeededPermission) -> dict[str, Any]:
    """One question, as iam-simulate takes it.

    It leaves out the pairs of an encryption context, which it takes for keys that KMS does not have: in
    documents and question alike they are called as tags of the principal.
    """
    return {name: _renamed(value) for name, value in _simulation(who, need).items()}


def _renamed(value: Any) -> Any:
    def tag(found: re.Match[str]) -> str:
        return f'"aws:PrincipalTag/{found[1].replace(":", "-")}"'

    return json.loads(re.sub(r'"kms:EncryptionContext:([^"]+)"', tag, json.dumps(value)))


def _simulation(who: str, need: NeededPermission) -> dict[str, Any]:
    attached, boundary = identity_documents(who)
    resource = resource_document(need.resource)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLES[who].name}/test" if who in ROLES else OPERATOR
    asker = role_arn(who) if who in ROLES else OPERATOR
    keys = {key: list(value) if isinstance(value, tuple) else value for key, value in need.keys.items()}
    return {
        "request": {
            "principal": session,
            "action": need.action,
            "resource": {"resource": need.resource, "accountId": ACCOUNT},
            "contextVariables": {
                "aws:SecureTransport": "true",
                "aws:PrincipalArn": asker,
                "aws:PrincipalAccount": ACCOUNT,
                **keys,
            },
        },
        "identityPolicies": [{"name": "attached", "policy": json.loads(attached)}],
        "serviceControlPolicies": [
            {"orgIdentifier": "root", "policies": [{"name": "FullAWSAccess", "policy": _EVERYTHING}]}
        ],
        "resourceControlPolicies": [],
        **({"resourcePolicy": json.loads(resource)} if resource else {}),
        **(
            {"permissionBoundaryPolicies": [{"name": "boundary", "policy": json.loads(boundary)}]}
            if boundary
            else {}
        ),
    }


def outside_opinions(simulations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of iam-simulate, in the order of the questions."""
    answered = subprocess.run(
        ["node", str(_RUNNER), str(PACKAGE)],
        input=json.dumps(simulations),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found: list[dict[str, Any]] = json.loads(answered.stdout)
    return found
