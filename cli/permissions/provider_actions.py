"""What AWS's provider asks besides what a rehearsal uses: reads after each change, and tags.

From the read functions of terraform-provider-aws, on which Pulumi's provider stands. An emulated deployment
makes none of these calls, so this table is no proof; it is what is known. A test holds every action against
AWS's own list of actions.
"""

from __future__ import annotations

from collections.abc import Mapping

SOURCE = "the read and tag functions of github.com/hashicorp/terraform-provider-aws, internal/service"


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


_EC2_TAGS = _actions("ec2", "CreateTags DeleteTags DescribeTags")
_GROUPS = (
    _actions("ec2", "DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces") + _EC2_TAGS
)
_ACLS = _actions("ec2", "DescribeNetworkAcls DescribeVpcs DescribeSubnets") + _EC2_TAGS
_ALARMS = _actions("cloudwatch", "DescribeAlarms ListTagsForResource TagResource UntagResource")
_ELB_TAGS = _actions("elasticloadbalancing", "DescribeTags AddTags RemoveTags")
_LAMBDA_READS = _actions("lambda", "GetFunction GetFunctionConfiguration ListVersionsByFunction")
_SECRET_READS = _actions("secretsmanager", "DescribeSecret GetResourcePolicy")

PROVIDER_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "aws:appautoscaling/policy:Policy": _actions("application-autoscaling", "DescribeScalingPolicies"),
    "aws:appautoscaling/target:Target": _actions(
        "application-autoscaling", "DescribeScalableTargets ListTagsForResource TagResource UntagResource"
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _ALARMS,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _ALARMS,
    "aws:cloudwatch/dashboard:Dashboard": _actions("cloudwatch", "GetDashboard"),
    "aws:cloudwatch/logGroup:LogGroup": _actions(
        "logs", "DescribeLogGroups ListTagsForResource TagResource UntagResource"
    ),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": _actions("dynamodb", "GetResourcePolicy"),
    "aws:dynamodb/table:Table": _actions(
        "dynamodb",
        "DescribeTable DescribeContinuousBackups DescribeTimeToLive DescribeContributorInsights "
        "DescribeKinesisStreamingDestination ListTagsOfResource TagResource UntagResource",
    ),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": _ACLS,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _GROUPS,
    "aws:ec2/eip:Eip": _actions("ec2", "DescribeAddresses DescribeAddressesAttribute") + _EC2_TAGS,
    "aws:ec2/flowLog:FlowLog": _actions("ec2", "DescribeFlowLogs")
    + _actions("logs", "CreateLogDelivery DeleteLogDelivery")
    + _EC2_TAGS,
    "aws:ec2/internetGateway:InternetGateway": _actions("ec2", "DescribeInternetGateways") + _EC2_TAGS,
    "aws:ec2/natGateway:NatGateway": _actions("ec2", "DescribeNatGateways") + _EC2_TAGS,
    "aws:ec2/networkAcl:NetworkAcl": _ACLS,
    "aws:ec2/route:Route": _actions("ec2", "DescribeRouteTables"),
    "aws:ec2/routeTable:RouteTable": _actions("ec2", "DescribeRouteTables") + _EC2_TAGS,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _actions("ec2", "DescribeRouteTables"),
    "aws:ec2/securityGroup:SecurityGroup": _GROUPS,
    "aws:ec2/subnet:Subnet": _actions("ec2", "DescribeSubnets DescribeNetworkInterfaces") + _EC2_TAGS,
    "aws:ec2/vpc:Vpc": _actions(
        "ec2",
        "DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups",
    )
    + _EC2_TAGS,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _actions("ec2", "DescribeVpcEndpoints DescribePrefixLists")
    + _EC2_TAGS,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _actions("ecr", "GetLifecyclePolicy"),
    "aws:ecr/repository:Repository": _actions(
        "ecr", "DescribeRepositories ListTagsForResource TagResource UntagResource"
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _actions("ecr", "GetRepositoryPolicy"),
    "aws:ecs/cluster:Cluster": _actions(
        "ecs", "DescribeClusters ListTagsForResource TagResource UntagResource"
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": _actions("ecs", "DescribeClusters"),
    "aws:ecs/service:Service": _actions(
        "ecs",
        "DescribeServices ListServiceDeployments DescribeServiceDeployments ListTagsForResource TagResource "
        "UntagResource",
    ),
    "aws:ecs/taskDefinition:TaskDefinition": _actions(
        "ecs", "DescribeTaskDefinition ListTagsForResource TagResource UntagResource"
    ),
    "aws:iam/policy:Policy": _actions(
        "iam", "GetPolicy GetPolicyVersion ListPolicyVersions ListPolicyTags TagPolicy UntagPolicy"
    ),
    "aws:iam/role:Role": _actions(
        "iam",
        "GetRole ListRoleTags TagRole UntagRole ListRolePolicies GetRolePolicy ListAttachedRolePolicies "
        "ListInstanceProfilesForRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": _actions("iam", "GetRolePolicy"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _actions("iam", "ListAttachedRolePolicies"),
    "aws:kms/alias:Alias": _actions("kms", "ListAliases DescribeKey"),
    "aws:kms/key:Key": _actions(
        "kms",
        "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags TagResource UntagResource",
    ),
    "aws:lambda/alias:Alias": _actions("lambda", "GetAlias"),
    "aws:lambda/function:Function": _LAMBDA_READS
    + _actions(
        "lambda",
        "GetFunctionCodeSigningConfig GetFunctionConcurrency ListTags TagResource UntagResource",
    ),
    "aws:lambda/functionUrl:FunctionUrl": _actions("lambda", "GetFunctionUrlConfig GetPolicy"),
    "aws:lambda/permission:Permission": _actions("lambda", "GetPolicy"),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _actions(
        "lambda", "GetProvisionedConcurrencyConfig"
    ),
    "aws:lb/listener:Listener": _actions(
        "elasticloadbalancing", "DescribeListeners DescribeListenerAttributes DescribeListenerCertificates"
    )
    + _ELB_TAGS,
    "aws:lb/listenerRule:ListenerRule": _actions("elasticloadbalancing", "DescribeRules DescribeListeners")
    + _ELB_TAGS,
    "aws:lb/loadBalancer:LoadBalancer": _actions(
        "elasticloadbalancing",
        "DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeCapacityReservation",
    )
    + _actions("ec2", "DescribeNetworkInterfaces")
    + _ELB_TAGS,
    "aws:lb/targetGroup:TargetGroup": _actions(
        "elasticloadbalancing", "DescribeTargetGroups DescribeTargetGroupAttributes"
    )
    + _ELB_TAGS,
    "aws:s3/bucket:Bucket": _actions(
        "s3",
        "ListBucket GetBucketAcl GetBucketPolicy GetBucketCORS GetBucketWebsite GetBucketVersioning "
        "GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging GetLifecycleConfiguration "
        "GetReplicationConfiguration GetEncryptionConfiguration GetBucketObjectLockConfiguration "
        "GetBucketTagging PutBucketTagging GetBucketLocation",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _actions(
        "s3", "GetLifecycleConfiguration"
    ),
    "aws:s3/bucketLogging:BucketLogging": _actions("s3", "GetBucketLogging"),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _actions(
        "s3", "GetBucketObjectLockConfiguration"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _actions("s3", "GetBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _actions("s3", "GetBucketPublicAccessBlock"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _actions(
        "s3", "GetEncryptionConfiguration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _actions("s3", "GetBucketVersioning"),
    "aws:secretsmanager/secret:Secret": _SECRET_READS
    + _actions("secretsmanager", "TagResource UntagResource"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": _SECRET_READS,
    "aws:secretsmanager/secretRotation:SecretRotation": _SECRET_READS,
    "aws:secretsmanager/secretVersion:SecretVersion": _actions(
        "secretsmanager", "GetSecretValue ListSecretVersionIds UpdateSecretVersionStage"
    ),
    "aws:servicediscovery/httpNamespace:HttpNamespace": _actions(
        "servicediscovery", "GetNamespace GetOperation ListTagsForResource TagResource UntagResource"
    ),
    "aws:sns/topic:Topic": _actions(
        "sns", "GetTopicAttributes ListTagsForResource TagResource UntagResource"
    ),
    "aws:sns/topicSubscription:TopicSubscription": _actions("sns", "GetSubscriptionAttributes"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _GROUPS,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _GROUPS,
}
