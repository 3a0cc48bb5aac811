"""Resources whose checks look at what belongs to them, connected by an output, by a literal, or not at
all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.resources.corpus.rendering import Written

S3_BUCKET = "aws:s3/bucket:Bucket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A resource that a check is about, another one that passes it, and the input that names the first.

    `name` is the input by which a program can name the first one itself, empty where AWS alone gives its
    name.
    """

    check: str
    token: str
    other: str
    by: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        """How a test with it is called."""
        return f"{self.check}-{self.other.rpartition(':')[2]}"

    def first(self, number: int, *, named: bool = False) -> Written:
        """The resource that the check is about."""
        inputs = {**self.inputs, self.name: f"name-of-{number}"} if named else self.inputs
        return Written(token=self.token, name=f"first{number}", inputs=inputs)

    def second(self, number: int, value: Any, *, refers: bool = False) -> Written:
        """The resource that belongs to it, which names it by a value."""
        first = self.first(number)
        return Written(
            token=self.other,
            name=f"second{number}",
            inputs={self.by: value, **self.more},
            refers={self.by: first.urn} if refers else {},
        )


def _s3(check: str, other: str, **more: Any) -> Belonging:
    return Belonging(
        check=check,
        token=S3_BUCKET,
        other=f"aws:s3/{other[0].lower()}{other[1:]}:{other}",
        by="bucket",
        more=more,
        name="bucket",
    )


BELONGINGS = (
    _s3("CKV_AWS_21", "BucketVersioning", versioningConfiguration={"status": "Enabled"}),
    _s3("CKV_AWS_18", "BucketLogging", targetBucket="central", targetPrefix="x/"),
    _s3(
        "CKV_AWS_145",
        "BucketServerSideEncryptionConfiguration",
        rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}],
    ),
    _s3(
        "CKV2_AWS_6",
        "BucketPublicAccessBlock",
        blockPublicAcls=True,
        blockPublicPolicy=True,
        ignorePublicAcls=True,
        restrictPublicBuckets=True,
    ),
    _s3(
        "CKV2_AWS_61",
        "BucketLifecycleConfiguration",
        rules=[{"id": "a", "status": "Enabled", "expiration": {"days": 9}}],
    ),
    _s3("CKV2_AWS_62", "BucketNotification", eventbridge=True),
    Belonging(
        check="CKV2_AWS_11",
        token="aws:ec2/vpc:Vpc",
        other="aws:ec2/flowLog:FlowLog",
        by="vpcId",
        inputs={"cidrBlock": "10.0.0.0/16"},
        more={"trafficType": "ALL", "logDestination": "arn:aws:logs:x:1:log-group:g"},
    ),
    Belonging(
        check="CKV2_AWS_57",
        token="aws:secretsmanager/secret:Secret",
        other="aws:secretsmanager/secretRotation:SecretRotation",
        by="secretId",
        more={"rotationRules": {"automaticallyAfterDays": 30}},
        name="name",
    ),
    Belonging(
        check="CKV2_AWS_5",
        token="aws:ec2/securityGroup:SecurityGroup",
        other="aws:ec2/instance:Instance",
        by="vpcSecurityGroupIds",
        inputs={"description": "x"},
        more={"ami": "ami-1", "instanceType": "t3.micro"},
    ),
    Belonging(
        check="CKV2_AWS_31",
        token="aws:wafv2/webAcl:WebAcl",
        other="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        by="resourceArn",
        inputs={"scope": "REGIONAL", "defaultAction": {"allow": {}}},
        more={"logDestinationConfigs": ["arn:aws:firehose:x"]},
    ),
    Belonging(
        check="CKV2_AWS_28",
        token="aws:lb/loadBalancer:LoadBalancer",
        other="aws:wafv2/webAclAssociation:WebAclAssociation",
        by="resourceArn",
        inputs={"loadBalancerType": "application", "internal": False},
        more={"webAclArn": "arn:aws:wafv2:x"},
    ),
    Belonging(
        check="CKV2_AWS_63",
        token="aws:networkfirewall/firewall:Firewall",
        other="aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
        by="firewallArn",
        inputs={"firewallPolicyArn": "arn:aws:x", "vpcId": "vpc-1"},
        more={
            "loggingConfiguration": {
                "logDestinationConfigs": [{"logType": "FLOW", "logDestinationType": "S3"}]
            }
        },
    ),
    Belonging(
        check="CKV2_AWS_39",
        token="aws:route53/zone:Zone",
        other="aws:route53/queryLog:QueryLog",
        by="zoneId",
        inputs={"name": "shop.example"},
        more={"cloudwatchLogGroupArn": "arn:aws:logs:x:1:log-group:g"},
    ),
)
