"""Writes docs/iam.md from the policies that the program makes.

`python -m tests.support.documents.permissions` writes the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.identity.statement import UNSCOPED_ACTIONS
from tests.support.paths import ROOT
from tests.support.recording.environments import recorded
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import policy_documents
from tests.support.recording.recorder import ACCOUNT, REGION

PAGE = ROOT / "docs" / "iam.md"

OF_RESOURCES = {
    "SecretPolicy": "Secret",
    "RepositoryPolicy": "Repository",
    "ResourcePolicy": "Table",
    "BucketPolicy": "Bucket",
    "Permission": "Permission",
}
"""The policies of resources that deny, and whose they are."""

WHY = {
    "AskGovernance": "it asks before each call, through the alias that is its own: governance knows who asks",
    "ChangePolicies": "it alone writes policies, versions and the trail's table",
    "Deeds": "it remembers which intents it has carried out, in items that begin with its name",
    "DeedsKey": "the table of deeds is encrypted",
    "ExportTrail": "it adds checkpoints to the locked bucket; the bucket takes each name once",
    "FindExports": "it looks how far the trail goes",
    "FindRevision": "it tests the tasks of the new revision alone",
    "FindTasks": "it asks each of these tasks by its address",
    "GrantKeys": "grants are verified with the public keys; rotation makes both halves",
    "GrantKeysKey": "these secrets are encrypted",
    "GrantsKey": "the signing key of grants is encrypted",
    "InjectSecrets": "ECS puts them into the task's environment",
    "InjectSecretsKey": "these secrets are encrypted",
    "KeysOfSecrets": "what is rotated is encrypted; each key's own policy names what it opens",
    "ListTasks": "it finds the tasks of the cluster; AWS narrows this by a condition alone",
    "Look": "ECS sees which rule and targets it shifts; AWS has no narrower resource for these",
    "LookAtNetwork": "Lambda looks for the function's interfaces; AWS has no narrower resource for it",
    "MakeInterfaces": "the function stands in the VPC, to reach tasks that nothing outside does",
    "Metrics": "its code may send metrics of its own, in one namespace",
    "OwnSecrets": "it reads its secrets at run time, so that a rotated one is found without a restart",
    "OwnSecretsKey": "these secrets are encrypted",
    "PlatformKey": "tables and settings of functions are encrypted",
    "PullImage": "a task starts with its image, and with no other service's",
    "ReadExports": "it reads what was exported, to go on from there",
    "ReadPolicies": "it decides on what is published",
    "RegistryToken": "a token comes before each pull",
    "ReplaceTasks": "tasks that read a secret at their start are replaced after it has changed",
    "ShiftTraffic": "ECS moves the weights of a deployment",
    "SignGrants": "it signs each grant",
    "SignTrail": "it signs each checkpoint of the trail",
    "SigningKeys": "calls are signed, and signatures verified, with the key of the edge",
    "SigningKeysKey": "these secrets are encrypted",
    "TaggedSecrets": "it rotates the secrets whose tag says that they are generated, and no others",
    "Targets": "ECS registers tasks at their target group",
    "TestRelease": "ECS calls the function that tests a new release",
    "Trace": "its segments go to X-Ray",
    "UseInterfaces": "Lambda keeps the function's interfaces",
    "WriteLog": "its log lines go into its own log group",
}
"""Why a role has a statement, by the statement's name."""

AGENTS = {
    "ListTasks": "it finds the tasks of the cluster; AWS narrows this by a condition alone",
    "Look": "ECS, which the sandbox plays itself",
    "LookAtNetwork": "Lambda, which the sandbox plays itself",
    "MakeInterfaces": "Lambda, which the sandbox plays itself",
    "PullImage": "ECS's agent; the sandbox has images as commands",
    "RegistryToken": "ECS's agent; the sandbox has images as commands",
    "ShiftTraffic": "ECS, which the sandbox plays itself",
    "Targets": "ECS, which the sandbox plays itself",
    "TestRelease": "ECS, which the sandbox plays itself",
    "Trace": "X-Ray's daemon; the sandbox receives segments by UDP as that does",
    "UseInterfaces": "Lambda, which the sandbox plays itself",
    "WriteLog": "the log driver of ECS, and Lambda; the sandbox ships lines itself",
}
"""Statements that AWS's own agents use in a role's name, and no code of ours: not proved by the sandbox."""

ELSEWHERE = {
    "axon-task/OwnSecrets": "a service may read its secrets at run time; Axon has its own from its start",
    "axon-task/OwnSecretsKey": "as `OwnSecrets`",
    "axon-task/Metrics": "a service may send metrics of its own; the kit writes its into the log",
    "orbit-task/Metrics": "a service may send metrics of its own; the kit writes its into the log",
    "rollout/FindRevision": "a release of a service without ingress, whose strategy shifts traffic",
    "rollout/FindTasks": "a release of a service without ingress, whose strategy shifts traffic",
    "rollout/PlatformKey": "Lambda, which decrypts the settings of the function",
    "rotation/PlatformKey": "Lambda, which decrypts the settings of the function",
}
"""Further statements of a role that neither `up`, a dispatch, a changed policy nor a rotation uses here."""

_HEAD = """# Who may do what

Made from the policies of the environment `dev` by `python -m tests.support.documents.permissions`;
`make check` fails when it is stale. The other environments differ in their name alone. What is not listed
is denied.

- Each role has one policy, and a boundary: what somebody attaches by hand adds nothing beyond that.
- No action has a wildcard. `*` as resource stands only where AWS lets nothing be named; the list is below.
- A key opens to nobody whom its own policy does not let in; secrets, images, the policy
  table and the trail's bucket deny by
  policies of their own, whatever is attached to whoever asks.
- [sandbox.md](sandbox.md#what-may-be-done-here) says how the sandbox enforces this. Each permission is tried
  by everybody: by an evaluator of ours, in the sandbox over boto3, and by iam-simulate, which others wrote
  (`make oracle`).
"""


def page() -> str:
    """The whole document."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    documents = policy_documents(recorded("dev"))
    yield _HEAD
    yield "## Roles"
    for name in _named(documents, "RolePolicy"):
        yield from _role(name, documents[f"RolePolicy {name}"], documents[f"Role {name}"])
    yield "## Used by AWS's agents alone"
    yield "No code of ours calls these; AWS does, in the role's name.\n"
    yield "| statement | who uses it |\n|---|---|"
    yield from (f"| {sid} | {who} |" for sid, who in sorted(AGENTS.items()))
    yield "\n## Used in no scenario that is tried"
    yield "A test deploys, dispatches, changes a policy and rotates a secret: nothing of it uses these.\n"
    yield "| role and statement | what it is for |\n|---|---|"
    yield from (f"| {name} | {why} |" for name, why in sorted(ELSEWHERE.items()))
    yield "\n## Keys"
    yield "What each key's policy lets in. `the account` leaves it to IAM, within the conditions.\n"
    for name in _named(documents, "Key"):
        yield from _table(f"Key `{name}`", documents[f"Key {name}"])
    yield "## Secrets, images, tables, buckets, functions"
    for kind, title in OF_RESOURCES.items():
        for name in _named(documents, kind):
            yield from _table(f"{title} `{name}`", documents[f"{kind} {name}"])
    yield "## Actions that take no resource but `*`"
    yield "| action | why |\n|---|---|"
    yield from (f"| {action} | {why} |" for action, why in sorted(UNSCOPED_ACTIONS.items()))


def _named(documents: Mapping[str, str], kind: str) -> list[str]:
    return sorted(name.removeprefix(f"{kind} ") for name in documents if name.startswith(f"{kind} "))


def _role(name: str, policy: str, trust: str) -> Iterator[str]:
    taken = ", ".join(_principal(one) for one in statements(trust))
    yield f"### {name}\nTaken on by {taken}.\n"
    yield "| statement | may | on | if | why |\n|---|---|---|---|---|"
    for one in statements(policy):
        sid = one["Sid"]
        yield f"| {sid} | {_actions(one)} | {_resources(one)} | {_conditions(one)} | {WHY[sid]} |"
    yield ""


def _table(title: str, document: str) -> Iterator[str]:
    yield f"### {title}\n"
    yield "| statement | who | may | if |\n|---|---|---|---|"
    for one in statements(document):
        may = ("" if one["Effect"] == "Allow" else "**not** ") + _actions(one)
        yield f"| {one.get('Sid', '')} | {_principal(one)} | {may} | {_conditions(one)} |"
    yield ""


def _actions(statement: Mapping[str, Any]) -> str:
    services: dict[str, list[str]] = {}
    for action in _many(statement["Action"]):
        service, _, operation = action.partition(":")
        services.setdefault(service, []).append(operation)
    return "; ".join(f"{service}: {', '.join(found)}" for service, found in services.items())


def _resources(statement: Mapping[str, Any]) -> str:
    return "<br>".join(_short(one) for one in _many(statement["Resource"]))


def _principal(statement: Mapping[str, Any]) -> str:
    named = statement["Principal"]
    if named == "*":
        return "everybody"
    return ", ".join(_short(one) for found in named.values() for one in _many(found))


def _conditions(statement: Mapping[str, Any]) -> str:
    found = [
        f"{key} {operator}: {', '.join(_short(value) for value in _many(values))}"
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return "<br>".join(found)


def _short(text: str) -> str:
    """An ARN as people say it; what tells nothing in one account and region is left out."""
    if text == f"arn:aws:iam::{ACCOUNT}:root":
        return "the account"
    text = re.sub(rf"^arn:aws:(\w+):(?:{REGION})?:(?:{ACCOUNT})?:", r"\1 ", text)
    text = text.replace(f"-{ACCOUNT}-{REGION}", "").replace(ACCOUNT, "<account>").replace(REGION, "<region>")
    text = text.removeprefix("iam ").replace("key ", "key ", 1)
    return text if text == "*" else f"`{text}`"


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
