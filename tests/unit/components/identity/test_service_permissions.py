"""What the roles may do, and that their boundaries let them and no more. IAM-1, SEC-1."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations import Edge, load_services
from components.identity.boundary import service_boundary
from components.identity.service_statements import (
    KeyArns,
    execution_role_statements,
    task_role_statements,
)
from components.identity.statement import document
from components.identity.trust import ecs_tasks_trust, lambda_trust
from tests.support.paths import ROOT
from tests.support.recording.declarations import ACCOUNT, PLACE, declared, minimal
from tests.support.recording.iam import ALLOW, SILENT, verdict

SERVICES = load_services(ROOT / "services")
NAMES = ["axon", "orbit"]
KEYS = {
    name: KeyArns(
        own=ACCOUNT.arn("kms", f"key/{name}"),
        calls=ACCOUNT.arn("kms", "key/calls"),
        grants=ACCOUNT.arn("kms", "key/grants"),
    )
    for name in NAMES
}
VIA_SECRETS = {"kms:ViaService": f"secretsmanager.{ACCOUNT.region}.amazonaws.com"}
SIGNING = ACCOUNT.secret("dev/calls/orbit/axon/signing-key").replace("??????", "AbCdEf")
HEARTBEAT = ACCOUNT.secret("dev/axon/heartbeat-key").replace("??????", "AbCdEf")


def task(name: str) -> str:
    """The task role's policy."""
    return document(task_role_statements(PLACE, SERVICES, SERVICES.get(name), KEYS[name]))


def execution(name: str) -> str:
    """The execution role's policy."""
    return document(execution_role_statements(PLACE, SERVICES.get(name), KEYS[name]))


def boundary(name: str) -> str:
    """The boundary of both."""
    return document(service_boundary(PLACE, SERVICES, SERVICES.get(name), KEYS[name]))


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_a_call_read_its_signing_key(name: str) -> None:
    """SEC-1: caller and callee read the signing key, through Secrets Manager, and no other."""
    action = "secretsmanager:GetSecretValue"
    assert verdict(task(name), action=action, resource=SIGNING, context={}) == ALLOW
    key = ACCOUNT.arn("kms", "key/calls")
    of, others = (
        {**VIA_SECRETS, "kms:EncryptionContext:SecretARN": one}
        for one in (SIGNING, SIGNING.replace("orbit/axon", "door/other"))
    )
    assert verdict(task(name), action="kms:Decrypt", resource=key, context=of) == ALLOW
    for context in ({}, VIA_SECRETS, others):
        assert verdict(task(name), action="kms:Decrypt", resource=key, context=context) == SILENT
    assert verdict(execution(name), action=action, resource=SIGNING, context={}) == SILENT


def test_secrets_of_one_service_are_closed_to_the_other() -> None:
    """SEC-1: Axon reads its heartbeat key, Orbit does not; a name that only begins alike is no match."""
    action = "secretsmanager:GetSecretValue"
    assert verdict(task("axon"), action=action, resource=HEARTBEAT, context={}) == ALLOW
    assert verdict(execution("axon"), action=action, resource=HEARTBEAT, context={}) == ALLOW
    longer = ACCOUNT.arn("secretsmanager", "secret:dev/axon/heartbeat-key-older-AbCdEf")
    for policy in (task("orbit"), execution("orbit"), boundary("orbit")):
        assert verdict(policy, action=action, resource=HEARTBEAT, context={}) == SILENT
    assert verdict(task("axon"), action=action, resource=longer, context={}) == SILENT


def test_only_callers_ask_governance() -> None:
    """IAM-1: Orbit may invoke its own alias and nothing else of the function; Axon may invoke nothing."""
    action = "lambda:InvokeFunction"
    function = ACCOUNT.arn("lambda", "function:dev-governance-decide")
    own = f"{function}:caller-orbit"
    assert verdict(task("orbit"), action=action, resource=own, context={}) == ALLOW
    assert verdict(task("axon"), action=action, resource=own, context={}) == SILENT
    for other in (function, f"{function}:live", f"{function}:7", f"{function}:caller-axon", f"{own}2"):
        assert verdict(task("orbit"), action=action, resource=other, context={}) == SILENT


def test_callees_read_the_public_keys_of_grants() -> None:
    """GOV-4: a service with intents reads the public keys, through Secrets Manager, and no private one."""
    action = "secretsmanager:GetSecretValue"
    public, private = (
        ACCOUNT.secret(f"dev/grants/{name}").replace("??????", "AbCdEf")
        for name in ("public-keys", "signing-key")
    )
    key = ACCOUNT.arn("kms", "key/grants")
    for name, said in (("axon", ALLOW), ("orbit", SILENT)):
        assert verdict(task(name), action=action, resource=public, context={}) == said
        assert verdict(task(name), action="kms:Decrypt", resource=key, context=VIA_SECRETS) == said
        assert verdict(task(name), action=action, resource=private, context={}) == SILENT
        for write in ("PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"):
            said_of = verdict(task(name), action=f"secretsmanager:{write}", resource=public, context={})
            assert said_of == SILENT


def test_a_callee_records_its_own_deeds(tmp_path: Path) -> None:
    """ORB-1: it puts and updates records whose key begins with its name, reads none, and deletes none."""
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=minimal("axon", 9001))
    table = ACCOUNT.table("dev-idempotency")
    callee, caller = (
        document(task_role_statements(PLACE, services, services.get(name), KEYS[name]))
        for name in ("axon", "orbit")
    )
    own, others = {"dynamodb:LeadingKeys": "axon#orbit#1"}, {"dynamodb:LeadingKeys": "axon2#orbit#1"}
    for action in ("dynamodb:PutItem", "dynamodb:UpdateItem"):
        assert verdict(callee, action=action, resource=table, context=own) == ALLOW
        assert verdict(callee, action=action, resource=table, context=others) == SILENT
        policies = ACCOUNT.table("dev-governance-policies")
        assert verdict(callee, action=action, resource=policies, context=own) == SILENT
        assert verdict(caller, action=action, resource=table, context=own) == SILENT
    for action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DeleteItem"):
        assert verdict(callee, action=action, resource=table, context=own) == SILENT


def test_what_records_deeds_as_statements(tmp_path: Path) -> None:
    """Beside all that a callee has anyway: two actions on one table, and the key through DynamoDB alone."""
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=minimal("axon", 9001))
    keys = KEYS["axon"]
    made = [one.render() for one in task_role_statements(PLACE, services, services.get("axon"), keys)]
    assert [one["Sid"] for one in made] == [
        *("SigningKeys", "SigningKeysKey", "Metrics", "Trace", "GrantKeys", "GrantKeysKey"),
        *("Deeds", "DeedsKey"),
    ]
    assert made[-2:] == [
        {
            "Sid": "Deeds",
            "Effect": "Allow",
            "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem"],
            "Resource": ACCOUNT.table("dev-idempotency"),
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "axon#*"}},
        },
        {
            "Sid": "DeedsKey",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": keys.grants,
            "Condition": {"StringEquals": {"kms:ViaService": f"dynamodb.{ACCOUNT.region}.amazonaws.com"}},
        },
    ]


def test_metrics_go_to_one_namespace() -> None:
    """A service cannot write metrics into another namespace."""
    action = "cloudwatch:PutMetricData"
    assert verdict(task("axon"), action=action, context={"cloudwatch:namespace": "Myelin"}) == ALLOW
    assert verdict(task("axon"), action=action, context={"cloudwatch:namespace": "AWS/ECS"}) == SILENT


def test_execution_role_pulls_only_its_own_image() -> None:
    """ECS-2: starting Axon needs Axon's repository, and writes Axon's log."""
    pull = "ecr:BatchGetImage"
    own = ACCOUNT.repository("dev/axon")
    assert verdict(execution("axon"), action=pull, resource=own, context={}) == ALLOW
    other = ACCOUNT.repository("dev/orbit")
    assert verdict(execution("axon"), action=pull, resource=other, context={}) == SILENT
    stream = ACCOUNT.arn("logs", "log-group:/myelin/dev/axon:log-stream:axon/axon/1")
    assert verdict(execution("axon"), action="logs:PutLogEvents", resource=stream, context={}) == ALLOW


@pytest.mark.parametrize("name", NAMES)
def test_a_boundary_holds_what_the_roles_need_and_each_thing_once(name: str) -> None:
    """IAM-1: nothing that a role may do is outside its boundary, which fits AWS's 6,144 characters."""
    service = SERVICES.get(name)
    allowed = service_boundary(PLACE, SERVICES, service, KEYS[name])
    said = [(one.actions, one.resources, one.conditions) for one in allowed]
    assert len(said) == len(set(said))
    assert len({one.sid for one in allowed}) == len(allowed)
    for statement in (
        *task_role_statements(PLACE, SERVICES, service, KEYS[name]),
        *execution_role_statements(PLACE, service, KEYS[name]),
    ):
        assert (statement.actions, statement.resources, statement.conditions) in said
    assert len(boundary(name)) < 6144


def test_a_task_with_a_gate_pulls_its_image_too(tmp_path: Path) -> None:
    """And has its token injected, which the task may read as its own secrets; others pull no gate."""
    services = declared(tmp_path, solo=minimal("solo", 9000) + 'runtime = "gate"\n[[intents]]\nname = "x"\n')
    solo = services.get("solo")
    policy = document(execution_role_statements(PLACE, solo, KEYS["axon"]))
    gate = ACCOUNT.repository("dev/gate")
    assert verdict(policy, action="ecr:BatchGetImage", resource=gate, context={}) == ALLOW
    assert verdict(execution("axon"), action="ecr:BatchGetImage", resource=gate, context={}) == SILENT
    token = ACCOUNT.secret("dev/solo/gate-token").replace("??????", "AbCdEf")
    read = "secretsmanager:GetSecretValue"
    assert verdict(policy, action=read, resource=token, context={}) == ALLOW


TASKS, LAMBDA = "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"
STARTED = {"aws:SourceAccount": ACCOUNT.id, "aws:SourceArn": ACCOUNT.arn("ecs", "task/dev/1")}
OTHER_REGION = STARTED["aws:SourceArn"].replace(ACCOUNT.region, "us-west-2")


@pytest.mark.parametrize(
    ("principal", "context", "said"),
    [
        (TASKS, STARTED, ALLOW),
        (LAMBDA, STARTED, SILENT),
        (ACCOUNT.role("deployer"), STARTED, SILENT),
        (TASKS, {}, SILENT),
        (TASKS, {**STARTED, "aws:SourceAccount": "999999999999"}, SILENT),
        (TASKS, {**STARTED, "aws:SourceArn": OTHER_REGION}, SILENT),
        (TASKS, {**STARTED, "aws:SourceArn": ACCOUNT.arn("ec2", "instance/1")}, SILENT),
        (TASKS, {**STARTED, "aws:SourceArn": "arn:aws:ecs:eu-central-1:999999999999:task/dev/1"}, SILENT),
    ],
)
def test_ecs_takes_on_roles_for_tasks_of_this_account_and_region(
    principal: str, context: dict[str, str], said: str
) -> None:
    """IAM-1: nobody else, and not ECS for another account, another region or anything but ECS."""
    trust = document(ecs_tasks_trust(ACCOUNT))
    assert verdict(trust, action="sts:AssumeRole", principal=principal, context=context) == said
    assert verdict(trust, action="sts:TagSession", principal=principal, context=context) == SILENT


def test_lambda_alone_takes_on_the_roles_of_functions() -> None:
    """IAM-1: it does so for functions of the role's own account only, and needs no condition for that."""
    trust = document(lambda_trust())
    for principal, said in ((LAMBDA, ALLOW), (TASKS, SILENT), (ACCOUNT.role("deployer"), SILENT)):
        assert verdict(trust, action="sts:AssumeRole", principal=principal, context={}) == said


def test_edges_have_one_name() -> None:
    """The name of a signing key follows from the edge."""
    assert PLACE.names.signing_secret(Edge(caller="a", callee="b")) == "dev/calls/a/b/signing-key"
