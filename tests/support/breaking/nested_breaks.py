"""Ways to break a deployment inside of lists, blocks, documents and code: the resource itself is there."""

from __future__ import annotations

import io
import json
import zipfile

from stacks.names import Layer
from tests.support.breaking.break_form import SIGNING_KEY, TABLE, Break, recorded_id
from tests.support.end_to_end.project import ProjectCopy


def _open_role(copy: ProjectCopy) -> None:
    everything = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    copy.client("iam").put_role_policy(
        RoleName="sandbox-axon-task", PolicyName="sandbox-axon-task", PolicyDocument=document
    )


def _open_trust(copy: ProjectCopy) -> None:
    anybody = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    copy.client("iam").update_assume_role_policy(RoleName="sandbox-axon-task", PolicyDocument=document)


def _open_boundary(copy: ProjectCopy) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    copy.client("iam").create_policy_version(
        PolicyArn="arn:aws:iam::123456789012:policy/sandbox-axon-boundary",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        SetAsDefault=True,
    )


def _open_key(copy: ProjectCopy) -> None:
    key = copy.client("kms").describe_key(KeyId="alias/sandbox/audit")["KeyMetadata"]["KeyId"]
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    copy.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=document)


def _open_table(copy: ProjectCopy) -> None:
    client = copy.client("dynamodb")
    arn = client.describe_table(TableName=TABLE)["Table"]["TableArn"]
    client.delete_resource_policy(ResourceArn=arn)


def _open_secret(copy: ProjectCopy) -> None:
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "secretsmanager:GetSecretValue"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**anybody, "Resource": "*"}]})
    copy.client("secretsmanager").put_resource_policy(SecretId=SIGNING_KEY, ResourcePolicy=document)


def _weaken_health_check(copy: ProjectCopy) -> None:
    group = recorded_id(copy, Layer.WORKLOADS, "TargetGroup", "orbit")
    copy.client("elbv2").modify_target_group(TargetGroupArn=group, HealthCheckPath="/nowhere")


def _change_listener(copy: ProjectCopy) -> None:
    listener = recorded_id(copy, Layer.PLATFORM, "Listener", "internal-http")
    answer = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "hello"}
    copy.client("elbv2").modify_listener(
        ListenerArn=listener, DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": answer}]
    )


def _open_network(copy: ProjectCopy) -> None:
    acl = recorded_id(copy, Layer.PLATFORM, "NetworkAcl", "acls-isolated")
    copy.client("ec2").create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=1, Protocol="-1", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0"
    )


def _replace_code(copy: ProjectCopy) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("lambdas/rotation/handler.py", "def handle(event, context): ...")
    copy.client("lambda").update_function_code(FunctionName="sandbox-rotation", ZipFile=stream.getvalue())


def _expire_logs(copy: ProjectCopy) -> None:
    bucket = "sandbox-access-logs-123456789012-us-east-1"
    rule = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    copy.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}
    )


NESTED = (
    Break(name="role opened", by=_open_role, mended="aws:iam/rolePolicy:RolePolicy axon-task"),
    Break(name="trust opened", by=_open_trust, mended="aws:iam/role:Role axon-task"),
    Break(name="boundary opened", by=_open_boundary, mended="aws:iam/policy:Policy axon"),
    Break(name="key opened", by=_open_key, mended="aws:kms/key:Key audit"),
    Break(
        name="policy table opened",
        by=_open_table,
        mended="aws:dynamodb/resourcePolicy:ResourcePolicy policies",
    ),
    Break(
        name="secret opened",
        by=_open_secret,
        mended="aws:secretsmanager/secretPolicy:SecretPolicy orbit-axon.signing-key",
    ),
    Break(
        name="bucket opened",
        by=lambda copy: copy.client("s3").put_public_access_block(
            Bucket=copy.platform.audit_bucket,
            PublicAccessBlockConfiguration={"BlockPublicAcls": False, "BlockPublicPolicy": False},
        ),
        mended="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock audit",
    ),
    Break(
        name="access logs kept for a day",
        by=_expire_logs,
        mended="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration access-logs",
    ),
    Break(
        name="function given a variable",
        by=lambda copy: copy.client("lambda").update_function_configuration(
            FunctionName="sandbox-rollout", Environment={"Variables": {"PYTHONPATH": "/tmp"}}
        ),
        mended="aws:lambda/function:Function rollout",
    ),
    Break(name="code replaced", by=_replace_code, mended="aws:lambda/function:Function rotation"),
    Break(
        name="alarm told to nobody",
        by=lambda copy: copy.client("cloudwatch").put_metric_alarm(
            AlarmName="sandbox-governance-admin-errors",
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            Dimensions=[{"Name": "FunctionName", "Value": "sandbox-governance-admin"}],
        ),
        mended="aws:cloudwatch/metricAlarm:MetricAlarm governance-admin-errors",
    ),
    Break(
        name="health check looks elsewhere",
        by=_weaken_health_check,
        mended="aws:lb/targetGroup:TargetGroup orbit",
    ),
    Break(
        name="listener answers itself",
        by=_change_listener,
        mended="aws:lb/listener:Listener internal-http",
    ),
    Break(name="network opened", by=_open_network, mended="aws:ec2/networkAcl:NetworkAcl acls-isolated"),
    Break(
        name="tags changed",
        by=lambda copy: copy.client("secretsmanager").untag_resource(
            SecretId=SIGNING_KEY, TagKeys=["myelin:rotation"]
        ),
        mended="aws:secretsmanager/secret:Secret orbit-axon.signing-key",
    ),
    Break(
        name="items expire by another attribute",
        by=lambda copy: copy.client("dynamodb").update_time_to_live(
            TableName=TABLE, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
        ),
        mended="aws:dynamodb/table:Table policies",
    ),
)
"""Changes inside of lists, blocks and documents."""
