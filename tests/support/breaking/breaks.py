"""Ways to break a deployment behind its back, and what `up` has mended then."""

from __future__ import annotations

from stacks.names import Layer
from tests.support.breaking.break_form import SIGNING_KEY, TABLE, Break, recorded_id, state_file
from tests.support.breaking.nested_breaks import NESTED
from tests.support.end_to_end.project import ProjectCopy


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
    *NESTED,
    Break(name="record cut off", by=_cut, mended="sandbox-workloads.json", alone=True),
    Break(
        name="record is a list",
        by=lambda copy: state_file(copy, "platform").write_text("[]"),
        mended="sandbox-platform.json",
        alone=True,
    ),
)
