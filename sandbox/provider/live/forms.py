"""Where AWS tells the inputs of a resource, for types whose answer is not called as the inputs are.

What stands in no form is looked for under the input's own name. What no answer tells is untold, and said to
be so: a deployment cannot find out that it is otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.provider.live.network_acl_rules import network_acl_inputs
from sandbox.provider.live.view import Renames
from sandbox.provider.mapping import name_set
from sandbox.provider.resources.listeners import action_names


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherCall:
    """A call that tells what the read call does not: JMESPath by input.

    `given` may refer to the resource's inputs, its id, and the texts that the read call answered.
    `never_set` are the error codes of something that was never set. Without `service`, the mapping's own.
    """

    operation: str
    given: Mapping[str, object]
    paths: Mapping[str, str]
    never_set: frozenset[str] = frozenset()
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveForm:
    """How a type's answer is read.

    `paths` are JMESPath by input; `renames` members by the dotted path of an input; `identity` are inputs by
    which the resource was looked up: with another value it would be another resource. `derive`, given the
    answer and the inputs, gives inputs that are no part of the answer as it is. `witnesses` are, by input, a
    recorded output and the JMESPath that tells it: where they differ, the input does.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    renames: Renames = field(default_factory=dict)
    calls: tuple[FurtherCall, ...] = ()
    identity: frozenset[str] = frozenset()
    derive: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] = lambda _answer, _wanted: {}
    witnesses: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_ALARM_TAGS = FurtherCall(
    operation="list_tags_for_resource", given={"ResourceARN": "{AlarmArn}"}, paths={"tags": "Tags"}
)
_ELB_TAGS = FurtherCall(
    operation="describe_tags", given={"ResourceArns": ["{id}"]}, paths={"tags": "TagDescriptions[0].Tags"}
)
_RULE_PATHS = {
    "securityGroupId": "GroupId",
    "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
}


def _ecs_tags(arn: str) -> FurtherCall:
    return FurtherCall(operation="list_tags_for_resource", given={"resourceArn": arn}, paths={"tags": "tags"})


def _lambda_name(*also: str) -> LiveForm:
    return LiveForm(identity=frozenset({"functionName", *also}))


def _target_key(answer: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The key as the inputs name one: by ARN or by id."""
    arn = str(answer["targetKeyArn"])
    named_by_arn = str(wanted.get("targetKeyId")).startswith("arn:")
    return {"targetKeyId": arn if named_by_arn else arn.rpartition("/")[2]}


def _conditions() -> dict[str, str]:
    kinds = ("hostHeader", "httpHeader", "httpRequestMethod", "pathPattern", "sourceIp")
    return {f"conditions.{kind}": f"{kind[0].upper()}{kind[1:]}Config" for kind in kinds}


FORMS: Mapping[str, LiveForm] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": LiveForm(
        paths={
            "actionsSuppressor": "{alarm: ActionsSuppressor, waitPeriod: ActionsSuppressorWaitPeriod, "
            "extensionPeriod: ActionsSuppressorExtensionPeriod}"
        },
        calls=(_ALARM_TAGS,),
    ),
    "aws:cloudwatch/logGroup:LogGroup": LiveForm(
        calls=(
            FurtherCall(
                operation="list_tags_log_group", given={"logGroupName": "{id}"}, paths={"tags": "tags"}
            ),
        )
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": LiveForm(
        paths={
            "name": "AlarmName",
            "metricQueries": "Metrics[].{id: Id, expression: Expression, label: Label, period: Period, "
            "returnData: ReturnData, metric: MetricStat.{metricName: Metric.MetricName, "
            "namespace: Metric.Namespace, dimensions: Metric.Dimensions, period: Period, stat: Stat}}",
        },
        calls=(_ALARM_TAGS,),
    ),
    "aws:dynamodb/table:Table": LiveForm(
        paths={
            "name": "TableName",
            "attributes": "AttributeDefinitions[].{name: AttributeName, type: AttributeType}",
            "hashKey": "KeySchema[?KeyType=='HASH'].AttributeName | [0]",
            "rangeKey": "KeySchema[?KeyType=='RANGE'].AttributeName | [0]",
            "billingMode": "BillingModeSummary.BillingMode",
            "serverSideEncryption": "SSEDescription.{enabled: Status=='ENABLED', kmsKeyArn: KMSMasterKeyArn}",
        },
        calls=(
            FurtherCall(
                operation="describe_continuous_backups",
                given={"TableName": "{id}"},
                paths={
                    "pointInTimeRecovery": "ContinuousBackupsDescription.PointInTimeRecoveryDescription."
                    "{enabled: PointInTimeRecoveryStatus=='ENABLED'}"
                },
            ),
            FurtherCall(
                operation="describe_time_to_live",
                given={"TableName": "{id}"},
                paths={
                    "ttl": "TimeToLiveDescription.{enabled: TimeToLiveStatus=='ENABLED', "
                    "attributeName: AttributeName}"
                },
            ),
            FurtherCall(
                operation="list_tags_of_resource",
                given={"ResourceArn": "{TableArn}"},
                paths={"tags": "Tags"},
            ),
        ),
    ),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": LiveForm(
        identity=name_set("defaultNetworkAclId"), derive=network_acl_inputs
    ),
    "aws:ec2/networkAcl:NetworkAcl": LiveForm(derive=network_acl_inputs),
    "aws:ec2/flowLog:FlowLog": LiveForm(paths={"vpcId": "ResourceId"}),
    "aws:ec2/internetGateway:InternetGateway": LiveForm(paths={"vpcId": "Attachments[0].VpcId"}),
    "aws:ec2/natGateway:NatGateway": LiveForm(paths={"allocationId": "NatGatewayAddresses[0].AllocationId"}),
    "aws:ec2/route:Route": LiveForm(identity=name_set("routeTableId")),
    "aws:ec2/vpc:Vpc": LiveForm(
        calls=tuple(
            FurtherCall(
                operation="describe_vpc_attribute",
                given={"VpcId": "{id}", "Attribute": name},
                paths={name: f"{name[0].upper()}{name[1:]}.Value"},
            )
            for name in ("enableDnsSupport", "enableDnsHostnames")
        )
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": LiveForm(
        paths={"securityGroupIds": "Groups[].GroupId", "policy": "PolicyDocument"}
    ),
    "aws:ecr/repository:Repository": LiveForm(
        calls=(
            FurtherCall(
                operation="list_tags_for_resource",
                given={"resourceArn": "{repositoryArn}"},
                paths={"tags": "tags"},
            ),
        )
    ),
    "aws:ecs/cluster:Cluster": LiveForm(calls=(_ecs_tags("{clusterArn}"),)),
    # a revision never changes; another one is another resource
    "aws:ecs/taskDefinition:TaskDefinition": LiveForm(
        identity=name_set("containerDefinitions volumes"), calls=(_ecs_tags("{id}"),)
    ),
    "aws:ecs/service:Service": LiveForm(
        paths={
            "name": "serviceName",
            "cluster": "clusterArn",
            "networkConfiguration": "networkConfiguration.awsvpcConfiguration",
            "alarms": "deploymentConfiguration.alarms",
            "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
            "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
            "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
            "serviceConnectConfiguration": "deployments[?status=='PRIMARY'] | [0]"
            ".serviceConnectConfiguration",
        },
        calls=(_ecs_tags("{serviceArn}"),),
    ),
    "aws:iam/policy:Policy": LiveForm(
        calls=(
            FurtherCall(
                operation="get_policy_version",
                given={"PolicyArn": "{id}", "VersionId": "{DefaultVersionId}"},
                paths={"PolicyDocument": "PolicyVersion.Document"},
            ),
        )
    ),
    "aws:iam/role:Role": LiveForm(
        paths={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"}
    ),
    "aws:kms/alias:Alias": LiveForm(identity=name_set("name"), derive=_target_key),
    "aws:kms/key:Key": LiveForm(
        calls=(
            FurtherCall(
                operation="get_key_policy",
                given={"KeyId": "{id}", "PolicyName": "default"},
                paths={"policy": "Policy"},
            ),
            FurtherCall(
                operation="get_key_rotation_status",
                given={"KeyId": "{id}"},
                paths={
                    "enableKeyRotation": "KeyRotationEnabled",
                    "rotationPeriodInDays": "RotationPeriodInDays",
                },
                never_set=name_set("UnsupportedOperationException"),
            ),
            FurtherCall(operation="list_resource_tags", given={"KeyId": "{id}"}, paths={"tags": "Tags"}),
        )
    ),
    "aws:lambda/alias:Alias": _lambda_name(),
    "aws:lambda/function:Function": LiveForm(
        paths={"name": "FunctionName"},
        witnesses={"code": ("codeSha256", "CodeSha256")},
        calls=(
            FurtherCall(
                operation="get_function",
                given={"FunctionName": "{id}"},
                paths={
                    "tags": "Tags",
                    "reservedConcurrentExecutions": "Concurrency.ReservedConcurrentExecutions",
                },
            ),
        ),
    ),
    "aws:lambda/functionUrl:FunctionUrl": _lambda_name("qualifier"),
    "aws:lambda/permission:Permission": LiveForm(
        identity=name_set("function"),
        paths={
            "principal": "Principal.Service || Principal.AWS || Principal",
            "sourceArn": 'Condition.ArnLike."AWS:SourceArn"',
            "sourceAccount": 'Condition.StringEquals."AWS:SourceAccount"',
        },
    ),
    "aws:lb/listener:Listener": LiveForm(renames=action_names("defaultActions"), calls=(_ELB_TAGS,)),
    "aws:lb/listenerRule:ListenerRule": LiveForm(
        renames={**action_names("actions"), **_conditions()},
        identity=name_set("listenerArn"),
        calls=(_ELB_TAGS,),
    ),
    "aws:lb/loadBalancer:LoadBalancer": LiveForm(
        paths={
            "name": "LoadBalancerName",
            "internal": "Scheme=='internal'",
            "loadBalancerType": "Type",
            "subnets": "AvailabilityZones[].SubnetId",
        },
        calls=(
            _ELB_TAGS,
            FurtherCall(
                operation="describe_load_balancer_attributes",
                given={"LoadBalancerArn": "{id}"},
                paths={
                    name: f"Attributes[?Key=='{key}'].Value | [0]"
                    for name, key in (
                        ("idleTimeout", "idle_timeout.timeout_seconds"),
                        ("enableDeletionProtection", "deletion_protection.enabled"),
                        ("dropInvalidHeaderFields", "routing.http.drop_invalid_header_fields.enabled"),
                    )
                },
            ),
        ),
    ),
    "aws:lb/targetGroup:TargetGroup": LiveForm(
        paths={
            "name": "TargetGroupName",
            "healthCheck": "{enabled: HealthCheckEnabled, path: HealthCheckPath, port: HealthCheckPort, "
            "protocol: HealthCheckProtocol, interval: HealthCheckIntervalSeconds, "
            "timeout: HealthCheckTimeoutSeconds, healthyThreshold: HealthyThresholdCount, "
            "unhealthyThreshold: UnhealthyThresholdCount, matcher: Matcher.HttpCode}",
        },
        calls=(
            _ELB_TAGS,
            FurtherCall(
                operation="describe_target_group_attributes",
                given={"TargetGroupArn": "{id}"},
                paths={
                    "deregistrationDelay": "Attributes[?Key=='deregistration_delay.timeout_seconds'].Value "
                    "| [0]"
                },
            ),
        ),
    ),
    "aws:s3/bucket:Bucket": LiveForm(
        identity=name_set("bucket"),
        calls=(
            FurtherCall(
                operation="get_bucket_tagging",
                given={"Bucket": "{id}"},
                paths={"tags": "TagSet"},
                never_set=name_set("NoSuchTagSet"),
            ),
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": LiveForm(identity=name_set("bucket")),
    "aws:s3/bucketLogging:BucketLogging": LiveForm(identity=name_set("bucket")),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": LiveForm(
        identity=name_set("bucket"), paths={"rule": "ObjectLockConfiguration.Rule"}
    ),
    "aws:s3/bucketPolicy:BucketPolicy": LiveForm(identity=name_set("bucket")),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": LiveForm(
        identity=name_set("bucket"),
        paths={
            f"{name[0].lower()}{name[1:]}": f"PublicAccessBlockConfiguration.{name}"
            for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        },
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": LiveForm(
        identity=name_set("bucket"),
        paths={"rules": "ServerSideEncryptionConfiguration.Rules"},
        renames={"rules.applyServerSideEncryptionByDefault.kmsMasterKeyId": "KMSMasterKeyID"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": LiveForm(
        identity=name_set("bucket"), paths={"versioningConfiguration": "{status: Status}"}
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": LiveForm(identity=name_set("secretArn")),
    "aws:secretsmanager/secretRotation:SecretRotation": LiveForm(identity=name_set("secretId")),
    "aws:secretsmanager/secretVersion:SecretVersion": LiveForm(identity=name_set("secretId")),
    "aws:sns/topic:Topic": LiveForm(
        identity=name_set("name"),
        calls=(
            FurtherCall(
                operation="list_tags_for_resource", given={"ResourceArn": "{id}"}, paths={"tags": "Tags"}
            ),
        ),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": LiveForm(paths=_RULE_PATHS),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": LiveForm(paths=_RULE_PATHS),
}
