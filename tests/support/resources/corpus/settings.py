"""One setting of each type that decides one check: with it the check passes, without it, or with another, it
fails.

Each verdict was judged by hand, by what AWS makes of the setting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Decisive:
    """The value on which a check hangs; with `key` it may come from a KMS key."""

    value: Any
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A type, a check, inputs that pass it, with what is decisive marked, and inputs that fail it."""

    token: str
    check: str
    good: Mapping[str, Any]
    bad: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """How a test with it is called."""
        return f"{self.token.rpartition(':')[2]}-{self.check}"


KMS = Decisive("arn:aws:kms:eu-west-1:111122223333:key/0f0", key=True)
ON, OFF = Decisive(value=True), Decisive(value=False)


def _statement(**parts: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]})


TIGHT = _statement(
    Principal={"AWS": "arn:aws:iam::111122223333:role/a"}, Action="sqs:SendMessage", Resource="*"
)
OPEN = _statement(Principal="*", Action="*", Resource="*")
_READ = _statement(Action="s3:GetObject", Resource="arn:aws:s3:::b/k")
_ADMIN = _statement(Action="*", Resource="*")
_TRUST = _statement(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
_ANY_TRUST = _statement(Principal={"AWS": "*"}, Action="sts:AssumeRole")


def _row(
    token: str, check: int | str, good: Mapping[str, Any], bad: Mapping[str, Any] | None = None
) -> Setting:
    identity = f"CKV_AWS_{check}" if isinstance(check, int) else f"CKV2_AWS_{check}"
    return Setting(token=token, check=identity, good=good, bad=bad or {})


SETTINGS = (
    _row("aws:ebs/volume:Volume", 3, {"encrypted": ON}, {"encrypted": False}),
    _row("aws:ebs/volume:Volume", 189, {"encrypted": True, "kmsKeyId": KMS}, {"encrypted": True}),
    _row("aws:ebs/snapshotCopy:SnapshotCopy", 183, {"encrypted": True, "kmsKeyId": KMS}, {"encrypted": True}),
    _row("aws:ebs/encryptionByDefault:EncryptionByDefault", 106, {"enabled": ON}, {"enabled": False}),
    _row(
        "aws:ec2/instance:Instance", 88, {"associatePublicIpAddress": OFF}, {"associatePublicIpAddress": True}
    ),
    _row("aws:ec2/instance:Instance", 79, {"metadataOptions": {"httpTokens": Decisive("required")}}),
    _row("aws:ec2/subnet:Subnet", 130, {"mapPublicIpOnLaunch": OFF}, {"mapPublicIpOnLaunch": True}),
    _row(
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        123,
        {"acceptanceRequired": ON},
        {"acceptanceRequired": False},
    ),
    _row(
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        331,
        {"autoAcceptSharedAttachments": Decisive("disable")},
        {"autoAcceptSharedAttachments": "enable"},
    ),
    _row(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        53,
        {"blockPublicAcls": ON},
        {"blockPublicAcls": False},
    ),
    _row("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", 56, {"restrictPublicBuckets": ON}),
    _row("aws:s3/bucketPolicy:BucketPolicy", 70, {"policy": Decisive(TIGHT)}, {"policy": OPEN}),
    _row("aws:s3/bucketObject:BucketObject", 186, {"kmsKeyId": KMS}),
    _row("aws:rds/instance:Instance", 16, {"storageEncrypted": ON}, {"storageEncrypted": False}),
    _row("aws:rds/instance:Instance", 17, {"publiclyAccessible": OFF}, {"publiclyAccessible": True}),
    _row("aws:rds/instance:Instance", 157, {"multiAz": ON}),
    _row(
        "aws:rds/instance:Instance",
        161,
        {"engine": "postgres", "iamDatabaseAuthenticationEnabled": ON},
        {"engine": "postgres"},
    ),
    _row("aws:rds/instance:Instance", 293, {"deletionProtection": ON}),
    _row(
        "aws:rds/cluster:Cluster",
        96,
        {"engine": "aurora-mysql", "storageEncrypted": ON},
        {"engine": "aurora-mysql"},
    ),
    _row("aws:rds/cluster:Cluster", 139, {"deletionProtection": ON}, {"deletionProtection": False}),
    _row("aws:rds/globalCluster:GlobalCluster", 140, {"storageEncrypted": ON}),
    _row("aws:rds/snapshotCopy:SnapshotCopy", 266, {"kmsKeyId": KMS}),
    _row(
        "aws:dynamodb/table:Table",
        28,
        {"pointInTimeRecovery": {"enabled": ON}},
        {"pointInTimeRecovery": {"enabled": False}},
    ),
    _row(
        "aws:dynamodb/table:Table",
        119,
        {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KMS}},
        {"serverSideEncryption": {"enabled": True}},
    ),
    _row("aws:elasticache/replicationGroup:ReplicationGroup", 29, {"atRestEncryptionEnabled": ON}),
    _row("aws:elasticache/replicationGroup:ReplicationGroup", 30, {"transitEncryptionEnabled": ON}),
    _row(
        "aws:elasticache/cluster:Cluster",
        134,
        {"engine": "redis", "snapshotRetentionLimit": Decisive(5)},
        {"engine": "redis"},
    ),
    _row("aws:docdb/cluster:Cluster", 74, {"storageEncrypted": ON}),
    _row(
        "aws:docdb/cluster:Cluster",
        85,
        {"enabledCloudwatchLogsExports": Decisive(["audit"])},
        {"enabledCloudwatchLogsExports": []},
    ),
    _row(
        "aws:docdb/cluster:Cluster", 360, {"backupRetentionPeriod": Decisive(7)}, {"backupRetentionPeriod": 1}
    ),
    _row("aws:docdb/globalCluster:GlobalCluster", 292, {"storageEncrypted": ON}),
    _row("aws:neptune/cluster:Cluster", 44, {"storageEncrypted": ON}),
    _row("aws:neptune/cluster:Cluster", 347, {"kmsKeyArn": KMS}),
    _row(
        "aws:neptune/clusterInstance:ClusterInstance",
        102,
        {"publiclyAccessible": OFF},
        {"publiclyAccessible": True},
    ),
    _row("aws:redshift/cluster:Cluster", 64, {"encrypted": ON}, {"encrypted": False}),
    _row("aws:redshift/cluster:Cluster", 87, {"publiclyAccessible": OFF}, {"publiclyAccessible": True}),
    _row("aws:redshiftserverless/namespace:Namespace", 282, {"kmsKeyId": KMS}),
    _row("aws:dax/cluster:Cluster", 47, {"serverSideEncryption": {"enabled": ON}}),
    _row(
        "aws:dax/cluster:Cluster",
        239,
        {"clusterEndpointEncryptionType": Decisive("TLS")},
        {"clusterEndpointEncryptionType": "NONE"},
    ),
    _row("aws:memorydb/cluster:Cluster", 201, {"kmsKeyArn": KMS}),
    _row("aws:memorydb/cluster:Cluster", 202, {"tlsEnabled": ON}, {"tlsEnabled": False}),
    _row("aws:efs/fileSystem:FileSystem", 42, {"encrypted": ON}),
    _row("aws:efs/accessPoint:AccessPoint", 330, {"posixUser": {"gid": Decisive(1000), "uid": 1000}}),
    _row("aws:fsx/lustreFileSystem:LustreFileSystem", 190, {"kmsKeyId": KMS}),
    _row("aws:fsx/windowsFileSystem:WindowsFileSystem", 179, {"kmsKeyId": KMS}),
    _row("aws:fsx/ontapFileSystem:OntapFileSystem", 178, {"kmsKeyId": KMS}),
    _row("aws:sns/topic:Topic", 26, {"kmsMasterKeyId": KMS}),
    _row(
        "aws:sns/topicPolicy:TopicPolicy",
        169,
        {"arn": "a", "policy": Decisive(TIGHT)},
        {"arn": "a", "policy": OPEN},
    ),
    _row("aws:sqs/queue:Queue", 27, {"kmsMasterKeyId": KMS}),
    _row(
        "aws:sqs/queuePolicy:QueuePolicy",
        168,
        {"queueUrl": "q", "policy": Decisive(TIGHT)},
        {"queueUrl": "q", "policy": OPEN},
    ),
    _row("aws:kinesis/stream:Stream", 43, {"encryptionType": Decisive("KMS")}, {"encryptionType": "NONE"}),
    _row("aws:kinesis/stream:Stream", 185, {"kmsKeyId": KMS}),
    _row("aws:kinesis/videoStream:VideoStream", 177, {"kmsKeyId": KMS}),
    _row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        240,
        {"serverSideEncryption": {"enabled": ON}},
        {"serverSideEncryption": {"enabled": False}},
    ),
    _row("aws:kms/key:Key", 7, {"enableKeyRotation": ON}, {"enableKeyRotation": False}),
    _row("aws:kms/key:Key", 227, {"isEnabled": ON}, {"isEnabled": False}),
    _row("aws:secretsmanager/secret:Secret", 149, {"kmsKeyId": KMS}),
    _row(
        "aws:secretsmanager/secretRotation:SecretRotation",
        304,
        {"rotationRules": {"automaticallyAfterDays": Decisive(30)}},
        {"rotationRules": {"automaticallyAfterDays": 300}},
    ),
    _row(
        "aws:ssm/parameter:Parameter", 337, {"type": "SecureString", "keyId": KMS}, {"type": "SecureString"}
    ),
    _row("aws:iam/policy:Policy", 62, {"policy": Decisive(_READ)}, {"policy": _ADMIN}),
    _row(
        "aws:iam/policy:Policy",
        "40",
        {"policy": Decisive(_READ)},
        {"policy": _statement(Action="iam:*", Resource="*")},
    ),
    _row(
        "aws:iam/rolePolicy:RolePolicy",
        63,
        {"role": "r", "policy": Decisive(_READ)},
        {"role": "r", "policy": _ADMIN},
    ),
    _row(
        "aws:iam/userPolicy:UserPolicy",
        355,
        {"user": "u", "policy": Decisive(_READ)},
        {"user": "u", "policy": _statement(Action="s3:PutObject", Resource="*")},
    ),
    _row("aws:iam/role:Role", 60, {"assumeRolePolicy": Decisive(_TRUST)}, {"assumeRolePolicy": _ANY_TRUST}),
    _row(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        274,
        {"role": "r", "policyArn": Decisive("arn:aws:iam::aws:policy/ReadOnlyAccess")},
        {"role": "r", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    _row(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        10,
        {"minimumPasswordLength": Decisive(14)},
        {"minimumPasswordLength": 8},
    ),
    _row(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        14,
        {"requireSymbols": ON},
        {"requireSymbols": False},
    ),
    _row("aws:lambda/function:Function", 50, {"tracingConfig": {"mode": Decisive("Active")}}),
    _row("aws:lambda/function:Function", 363, {"runtime": Decisive("python3.13")}, {"runtime": "python3.6"}),
    _row(
        "aws:lambda/functionUrl:FunctionUrl",
        258,
        {"authorizationType": Decisive("AWS_IAM")},
        {"authorizationType": "NONE"},
    ),
    _row(
        "aws:lambda/permission:Permission",
        301,
        {"action": "lambda:InvokeFunction", "principal": Decisive("sns.amazonaws.com")},
        {"action": "lambda:InvokeFunction", "principal": "*"},
    ),
    _row("aws:cloudwatch/logGroup:LogGroup", 158, {"kmsKeyId": KMS}),
    _row(
        "aws:cloudwatch/logGroup:LogGroup", 338, {"retentionInDays": Decisive(365)}, {"retentionInDays": 30}
    ),
    _row("aws:cloudwatch/logGroup:LogGroup", 66, {"retentionInDays": Decisive(365)}),
    _row("aws:cloudwatch/metricAlarm:MetricAlarm", 319, {"actionsEnabled": ON}, {"actionsEnabled": False}),
    _row("aws:cloudtrail/trail:Trail", 36, {"enableLogFileValidation": ON}),
    _row("aws:cloudtrail/trail:Trail", 67, {"isMultiRegionTrail": ON}),
    _row("aws:cloudtrail/eventDataStore:EventDataStore", 294, {"kmsKeyId": KMS}),
    _row(
        "aws:ecr/repository:Repository",
        51,
        {"imageTagMutability": Decisive("IMMUTABLE")},
        {"imageTagMutability": "MUTABLE"},
    ),
    _row("aws:ecr/repository:Repository", 163, {"imageScanningConfiguration": {"scanOnPush": ON}}),
    _row(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        32,
        {"repository": "r", "policy": Decisive(TIGHT)},
        {"repository": "r", "policy": OPEN},
    ),
    _row(
        "aws:ecs/cluster:Cluster",
        65,
        {"settings": [{"name": "containerInsights", "value": Decisive("enabled")}]},
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
    ),
    _row(
        "aws:ecs/service:Service",
        333,
        {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": OFF}},
        {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": True}},
    ),
    _row(
        "aws:eks/cluster:Cluster",
        39,
        {"vpcConfig": {"endpointPublicAccess": OFF}},
        {"vpcConfig": {"endpointPublicAccess": True}},
    ),
    _row(
        "aws:eks/nodeGroup:NodeGroup",
        100,
        {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": Decisive(["sg-1"])}},
        {"remoteAccess": {"ec2SshKey": "k"}},
    ),
    _row("aws:lb/loadBalancer:LoadBalancer", 150, {"enableDeletionProtection": ON}),
    _row("aws:lb/loadBalancer:LoadBalancer", 131, {"dropInvalidHeaderFields": ON}),
    _row("aws:lb/loadBalancer:LoadBalancer", 91, {"accessLogs": {"bucket": "b", "enabled": ON}}),
    _row(
        "aws:lb/targetGroup:TargetGroup",
        261,
        {"protocol": "HTTP", "healthCheck": {"path": Decisive("/health")}},
        {"protocol": "HTTP"},
    ),
    _row(
        "aws:elb/loadBalancer:LoadBalancer",
        138,
        {"crossZoneLoadBalancing": ON},
        {"crossZoneLoadBalancing": False},
    ),
    _row("aws:apigateway/stage:Stage", 73, {"xrayTracingEnabled": ON}),
    _row(
        "aws:apigateway/stage:Stage",
        76,
        {"accessLogSettings": {"destinationArn": Decisive("arn:aws:logs:x:1:log-group:g"), "format": "x"}},
    ),
    _row(
        "aws:apigateway/domainName:DomainName",
        206,
        {"securityPolicy": Decisive("TLS_1_2")},
        {"securityPolicy": "TLS_1_0"},
    ),
    _row(
        "aws:apigatewayv2/route:Route",
        309,
        {"authorizationType": Decisive("AWS_IAM")},
        {"authorizationType": "NONE"},
    ),
    _row(
        "aws:cloudfront/distribution:Distribution",
        68,
        {"enabled": True, "webAclId": Decisive("arn:aws:wafv2:x")},
        {"enabled": True},
    ),
    _row(
        "aws:cloudfront/distribution:Distribution",
        305,
        {"enabled": True, "defaultRootObject": Decisive("index.html")},
        {"enabled": True},
    ),
    _row("aws:wafv2/webAcl:WebAcl", 175, {"rules": Decisive([{"name": "r", "priority": 1}])}, {"rules": []}),
    _row(
        "aws:opensearch/domain:Domain",
        6,
        {"clusterConfig": {"instanceCount": 3}, "nodeToNodeEncryption": {"enabled": ON}},
        {"clusterConfig": {"instanceCount": 3}, "nodeToNodeEncryption": {"enabled": False}},
    ),
    _row(
        "aws:opensearch/domain:Domain",
        83,
        {"domainEndpointOptions": {"enforceHttps": ON}},
        {"domainEndpointOptions": {"enforceHttps": False}},
    ),
    _row(
        "aws:elasticsearch/domain:Domain",
        5,
        {"encryptAtRest": {"enabled": ON}},
        {"encryptAtRest": {"enabled": False}},
    ),
    _row(
        "aws:msk/cluster:Cluster",
        81,
        {"encryptionInfo": {"encryptionInTransit": {"clientBroker": Decisive("TLS")}}},
        {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT"}}},
    ),
    _row("aws:mq/broker:Broker", 69, {"publiclyAccessible": OFF}, {"publiclyAccessible": True}),
    _row("aws:mq/broker:Broker", 207, {"autoMinorVersionUpgrade": ON}, {"autoMinorVersionUpgrade": False}),
    _row(
        "aws:dms/replicationInstance:ReplicationInstance",
        89,
        {"publiclyAccessible": OFF},
        {"publiclyAccessible": True},
    ),
    _row("aws:dms/endpoint:Endpoint", 296, {"endpointId": "e", "kmsKeyArn": KMS}, {"endpointId": "e"}),
    _row(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        122,
        {"directInternetAccess": Decisive("Disabled")},
        {"directInternetAccess": "Enabled"},
    ),
    _row(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        307,
        {"rootAccess": Decisive("Disabled")},
        {"rootAccess": "Enabled"},
    ),
    _row("aws:sagemaker/endpointConfiguration:EndpointConfiguration", 98, {"kmsKeyArn": KMS}),
    _row(
        "aws:athena/database:Database",
        77,
        {"encryptionConfiguration": {"encryptionOption": Decisive("SSE_KMS")}},
    ),
    _row(
        "aws:athena/workgroup:Workgroup",
        82,
        {"configuration": {"enforceWorkgroupConfiguration": ON}},
        {"configuration": {"enforceWorkgroupConfiguration": False}},
    ),
    _row("aws:glue/job:Job", 195, {"securityConfiguration": Decisive("secure")}),
    _row(
        "aws:codebuild/project:Project",
        316,
        {"environment": {"privilegedMode": OFF}},
        {"environment": {"privilegedMode": True}},
    ),
    _row("aws:codeartifact/domain:Domain", 221, {"encryptionKey": KMS}),
    _row("aws:backup/vault:Vault", 166, {"kmsKeyArn": KMS}),
    _row("aws:guardduty/detector:Detector", 238, {"enable": ON}, {"enable": False}),
    _row("aws:sfn/stateMachine:StateMachine", 284, {"tracingConfiguration": {"enabled": ON}}),
    _row("aws:transfer/server:Server", 164, {"endpointType": Decisive("VPC")}, {"endpointType": "PUBLIC"}),
    _row("aws:workspaces/workspace:Workspace", 156, {"rootVolumeEncryptionEnabled": ON}),
    _row("aws:timestreamwrite/database:Database", 160, {"kmsKeyId": KMS}),
    _row("aws:appsync/apiCache:ApiCache", 214, {"atRestEncryptionEnabled": ON}),
    _row(
        "aws:appsync/graphQLApi:GraphQLApi",
        193,
        {"logConfig": {"cloudwatchLogsRoleArn": Decisive("arn:aws:iam::1:role/l"), "fieldLogLevel": "ALL"}},
    ),
    _row("aws:scheduler/schedule:Schedule", 297, {"kmsKeyArn": KMS}),
    _row("aws:globalaccelerator/accelerator:Accelerator", 75, {"attributes": {"flowLogsEnabled": ON}}),
    _row("aws:imagebuilder/component:Component", 180, {"kmsKeyId": KMS}),
    _row(
        "aws:autoscaling/group:Group",
        315,
        {"launchTemplate": Decisive({"id": "lt-1", "version": "1"})},
        {"launchConfiguration": "l"},
    ),
    _row(
        "aws:qldb/ledger:Ledger",
        170,
        {"permissionsMode": Decisive("STANDARD")},
        {"permissionsMode": "ALLOW_ALL"},
    ),
    _row(
        "aws:keyspaces/table:Table",
        265,
        {"encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KMS}},
        {"encryptionSpecification": {"type": "AWS_OWNED_KMS_KEY"}},
    ),
    _row(
        "aws:cognito/identityPool:IdentityPool",
        366,
        {"allowUnauthenticatedIdentities": OFF},
        {"allowUnauthenticatedIdentities": True},
    ),
    _row("aws:bedrock/agentAgent:AgentAgent", 373, {"customerEncryptionKeyArn": KMS}),
)
