"""A deployment that is broken behind its back, in many ways: `up` mends it, or says what it is.

It never says "as declared" of what is not. One sandbox is broken and mended in turn.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.names import Layer
from tests.support.effort import LONG
from tests.support.end_to_end.project import MYELIN, ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("broken")]

SIGNING_KEY = "sandbox/calls/orbit-axon/signing-key"
TABLE = "sandbox-governance-policies"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[ProjectCopy]:
    """A deployed copy; each test mends what it has broken."""
    copy = ProjectCopy(tmp_path_factory.mktemp("broken") / "project", archives)
    try:
        copy.up()
        yield copy
    finally:
        copy.close()


def state_file(copy: ProjectCopy, layer: str, suffix: str = "json") -> Path:
    (path,) = copy.sandbox.glob(f"stacks/*/sandbox-{layer}.{suffix}")
    return path


def recorded_id(copy: ProjectCopy, layer: Layer, kind: str, name: str) -> str:
    """The physical id of a recorded resource."""
    resources = copy.world._store.load(f"sandbox-{layer}").resources.values()
    return next(item.id for item in resources if item.urn.endswith(f"{kind}::{name}"))


@dataclass(frozen=True, kw_only=True)
class Break:
    """One way to break a deployment, and what `up` has mended then: resources by type and name, or files."""

    name: str
    by: Callable[[ProjectCopy], Any]
    mended: str
    costly: bool = False
    alone: bool = False


def _delete_rule(copy: ProjectCopy) -> None:
    rule = recorded_id(copy, Layer.PLATFORM, "SecurityGroupIngressRule", "access-orbit-to-axon-8081-in")
    found = copy.client("ec2").describe_security_group_rules(SecurityGroupRuleIds=[rule])
    group = found["SecurityGroupRules"][0]["GroupId"]
    copy.client("ec2").revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule])


def _delete_route(copy: ProjectCopy) -> None:
    table = recorded_id(copy, Layer.FOUNDATION, "RouteTable", "network-private-a")
    copy.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def _delete_listener_rule(copy: ProjectCopy) -> None:
    rule = recorded_id(copy, Layer.WORKLOADS, "ListenerRule", "orbit")
    copy.client("elbv2").delete_rule(RuleArn=rule)


def _delete_target(copy: ProjectCopy) -> None:
    copy.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/sandbox/axon",
        ScalableDimension="ecs:service:DesiredCount",
    )


def _delete_service(copy: ProjectCopy) -> None:
    copy.client("ecs").delete_service(cluster="sandbox", service="axon", force=True)


def _delete_pointer(copy: ProjectCopy) -> None:
    key = {"pk": {"S": "pointer"}, "sk": {"S": "current"}}
    copy.client("dynamodb").delete_item(TableName=TABLE, Key=key)


def _kill_tasks(copy: ProjectCopy) -> None:
    for task in copy.tasks("axon"):
        os.kill(task["pid"], signal.SIGKILL)


def _cut(copy: ProjectCopy) -> None:
    path = state_file(copy, "workloads")
    path.write_bytes(path.read_bytes()[:100])


BREAKS = (
    Break(
        name="log group deleted",
        by=lambda copy: copy.client("logs").delete_log_group(logGroupName="/myelin/sandbox/axon"),
        mended="aws:cloudwatch/logGroup:LogGroup axon",
    ),
    Break(
        name="retention changed",
        by=lambda copy: copy.client("logs").put_retention_policy(
            logGroupName="/myelin/sandbox/orbit", retentionInDays=1
        ),
        mended="aws:cloudwatch/logGroup:LogGroup orbit",
    ),
    Break(
        name="security group rule revoked",
        by=_delete_rule,
        mended="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule access-orbit-to-axon-8081-in",
    ),
    Break(name="route deleted", by=_delete_route, mended="aws:ec2/route:Route network-private-a-nat"),
    Break(
        name="listener rule deleted",
        by=_delete_listener_rule,
        mended="aws:lb/listenerRule:ListenerRule orbit",
    ),
    Break(
        name="scalable target deregistered",
        by=_delete_target,
        mended="aws:appautoscaling/target:Target axon",
    ),
    Break(
        name="alarm deleted",
        by=lambda copy: copy.client("cloudwatch").delete_alarms(
            AlarmNames=["sandbox-governance-decide-errors"]
        ),
        mended="aws:cloudwatch/metricAlarm:MetricAlarm governance-errors",
    ),
    Break(
        name="alarm made deaf",
        by=lambda copy: copy.client("cloudwatch").put_metric_alarm(
            AlarmName="sandbox-governance-decide-throttles",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1_000_000,
            ComparisonOperator="GreaterThanThreshold",
        ),
        mended="aws:cloudwatch/metricAlarm:MetricAlarm governance-throttles",
    ),
    Break(
        name="role policy deleted",
        by=lambda copy: copy.client("iam").delete_role_policy(
            RoleName="sandbox-orbit-task", PolicyName="sandbox-orbit-task"
        ),
        mended="aws:iam/rolePolicy:RolePolicy orbit-task",
    ),
    Break(
        name="key alias deleted",
        by=lambda copy: copy.client("kms").delete_alias(AliasName="alias/sandbox/axon"),
        mended="aws:kms/alias:Alias axon",
    ),
    Break(
        name="bucket policy deleted",
        by=lambda copy: copy.client("s3").delete_bucket_policy(Bucket=copy.platform.audit_bucket),
        mended="aws:s3/bucketPolicy:BucketPolicy audit",
    ),
    Break(
        name="repository deleted",
        by=lambda copy: copy.client("ecr").delete_repository(repositoryName="sandbox/axon", force=True),
        mended="aws:ecr/repository:Repository axon",
    ),
    Break(
        name="function deleted",
        by=lambda copy: copy.client("lambda").delete_function(FunctionName="sandbox-governance-decide"),
        mended="aws:lambda/function:Function governance",
    ),
    Break(
        name="admin function deleted",
        by=lambda copy: copy.client("lambda").delete_function(FunctionName="sandbox-governance-admin"),
        mended="aws:lambda/function:Function governance-admin",
        costly=True,
    ),
    Break(
        name="function given less time",
        by=lambda copy: copy.client("lambda").update_function_configuration(
            FunctionName="sandbox-rotation", Timeout=1
        ),
        mended="aws:lambda/function:Function rotation",
    ),
    Break(
        name="secret deleted",
        by=lambda copy: copy.client("secretsmanager").delete_secret(
            SecretId=SIGNING_KEY, ForceDeleteWithoutRecovery=True
        ),
        mended="aws:secretsmanager/secret:Secret orbit-axon.signing-key",
    ),
    Break(
        name="table deleted",
        by=lambda copy: copy.client("dynamodb").delete_table(TableName="sandbox-idempotency"),
        mended="aws:dynamodb/table:Table idempotency",
    ),
    Break(
        name="policy table deleted",
        by=lambda copy: copy.client("dynamodb").delete_table(TableName=TABLE),
        mended="aws:dynamodb/table:Table policies",
    ),
    Break(
        name="topic deleted",
        by=lambda copy: copy.client("sns").delete_topic(
            TopicArn=recorded_id(copy, Layer.FOUNDATION, "Topic", "alerts")
        ),
        mended="aws:sns/topic:Topic alerts",
        costly=True,
    ),
    Break(
        name="service deleted",
        by=_delete_service,
        mended="aws:ecs/service:Service axon",
        costly=True,
    ),
    Break(
        name="task definition deregistered",
        by=lambda copy: copy.client("ecs").deregister_task_definition(
            taskDefinition=copy.workloads.services["axon"].task_definition_arn
        ),
        mended="aws:ecs/taskDefinition:TaskDefinition axon",
        costly=True,
    ),
    *(
        Break(
            name=f"record of {layer} deleted",
            by=lambda copy, layer=layer: state_file(copy, layer).unlink(),  # type: ignore[misc]
            mended=f"sandbox-{layer}.json",
        )
        for layer in Layer
    ),
    Break(name="record cut off", by=_cut, mended="sandbox-workloads.json", alone=True),
    Break(
        name="record is a list",
        by=lambda copy: state_file(copy, "platform").write_text("[]"),
        mended="sandbox-platform.json",
        alone=True,
    ),
)


TOGETHER = [way for way in BREAKS if not way.costly and not way.alone]


@pytest.mark.parametrize(
    "ways",
    [[way] for way in BREAKS] if LONG else [TOGETHER, *([way] for way in BREAKS if way.alone)],
    ids=lambda ways: ways[0].name if len(ways) == 1 else "together",
)
def test_what_is_broken_is_mended_and_told(broken: ProjectCopy, ways: list[Break]) -> None:
    """`up` names what it has mended, exits 0, and finds everything there from then on.

    In a quick run all that goes together is broken at once, and each of it is named.
    """
    for way in ways:
        way.by(broken)
    found = broken.up().document
    mended = {each["subject"] for each in found["mended"] if each["now"]}
    assert {way.mended for way in ways} - mended == set()
    assert found["problems"] == []
    assert not [drift for layer in Layer for drift in broken.world.observe(layer).drifts]
    assert broken.dispatch("reason")[0] == 200


def test_killed_tasks_are_waited_for(broken: ProjectCopy) -> None:
    """Where all tasks of a service were killed, `up` ends when they are back, and only then says so."""
    _kill_tasks(broken)
    found = broken.up().document
    assert (found["problems"], found["standing"]["healthy"]) == ([], True)


def test_a_count_below_its_minimum_is_raised(broken: ProjectCopy) -> None:
    """Nobody can have a service want no tasks: its scalable target has a minimum, and that many run."""
    broken.client("ecs").update_service(cluster="sandbox", service="axon", desiredCount=0)
    (axon,) = (each for each in broken.up().document["standing"]["services"] if each["name"] == "axon")
    assert (axon["desired"], axon["healthy"]) == (2, 2)


def test_policies_that_are_gone_are_published_anew(broken: ProjectCopy) -> None:
    """Without a current version everything is denied: `up` publishes the folder."""
    _delete_pointer(broken)
    assert broken.up().document["policy"]["changed"] is True


@pytest.mark.parametrize("kind", ["slice", "manifest"])
def test_policies_that_lack_a_document_are_named(broken: ProjectCopy, kind: str) -> None:
    """A document of the current version that is gone from the table is named; exit 1."""
    client = broken.client("dynamodb")
    item = next(
        item for item in client.scan(TableName=TABLE)["Items"] if item["pk"]["S"].startswith(f"{kind}#")
    )
    client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    try:
        ran = broken.up(check=False)
    finally:
        client.put_item(TableName=TABLE, Item=item)
    assert ran.code == 1
    digest = item["pk"]["S"].partition("#")[2]
    assert any(digest in problem for problem in ran.document["problems"])
    assert broken.up().document["problems"] == []


def test_a_record_without_a_copy_is_named(broken: ProjectCopy) -> None:
    """Where a record and its copy are gone, nothing is planned: the layer is named, with what to do."""
    for layer in Layer:
        files = [state_file(broken, layer, suffix) for suffix in ("json", "bak")]
        contents = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        ran = broken.myelin("up", "--yes", check=False)
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        assert ran.code == 1
        error = ran.document["error"]
        assert f"record of `sandbox-{layer}`" in error["message"]
        assert "`myelin down`" in error["hint"]


def test_a_broken_journal_is_named(broken: ProjectCopy) -> None:
    """What happened since the last checkpoint cannot be made up: the file and line are named."""
    journal = state_file(broken, "platform").with_suffix(".journal")
    journal.write_text("{}\n")
    for command in ("up", "status", "preview"):
        ran = broken.myelin(command, *(["--yes"] if command == "up" else []), check=False)
        assert ran.code == 1
        assert ran.document["error"]["where"].endswith("sandbox-platform.journal:1")
    journal.unlink()


def test_an_unreadable_fingerprint_is_planned_over(broken: ProjectCopy) -> None:
    """What says that nothing has changed is no text: the plan finds out, and nothing is done."""
    (fingerprint,) = broken.sandbox.glob("stacks/*/sandbox.fingerprint")
    fingerprint.write_bytes(b"\xff\xfe")
    found = broken.up().document
    assert (found["changed"], found["problems"]) == (False, [])


def test_a_full_disk(broken: ProjectCopy) -> None:
    """Where nothing more can be written, `status` tells as ever, what has to be written fails in words,
    and `down` ends the sandbox.
    """
    assert in_no_room(broken, "status").returncode == 0
    broken.client("logs").delete_log_group(logGroupName="/myelin/sandbox/axon")
    up = in_no_room(broken, "up", "--yes")
    assert up.returncode == 1
    assert "nothing more can be written" in up.stderr
    assert "Traceback" not in up.stderr
    down = in_no_room(broken, "down", "--yes")
    assert (down.returncode, down.stdout) == (0, "sandbox ended\n")
    assert broken.processes() == []


def in_no_room(copy: ProjectCopy, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `myelin` as on a full disk: no file can grow."""
    return subprocess.run(
        [MYELIN, *arguments],
        cwd=copy.root,
        env=copy.environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )
