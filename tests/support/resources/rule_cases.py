"""Resources that pass and that fail each rule, once as Pulumi has them and once as a Terraform plan does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

TODAY = date(2026, 11, 22)
TAGS = {"Name": "x", "myelin:environment": "dev", "myelin:layer": "platform"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A resource in both spellings, and whether it passes a rule."""

    rule: str
    passes: bool
    token: str
    inputs: Mapping[str, Any]
    kind: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        """How a test with it is called."""
        return f"{self.rule}-{self.kind}-{'passes' if self.passes else 'fails'}"


def case(rule: int, passes: bool, token: str, kind: str, inputs: Any, values: Any = None) -> Case:
    """`values` may be left out where both spellings agree."""
    return Case(
        rule=f"CKV_MYELIN_{rule}",
        passes=passes,
        token=token,
        inputs=inputs,
        kind=kind,
        values=inputs if values is None else values,
    )


def _containers(create: str) -> str:
    options = {"awslogs-group": "/x", "awslogs-create-group": create}
    return json.dumps([{"name": "x", "logConfiguration": {"logDriver": "awslogs", "options": options}}])


def _policy(action: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


def _trust(subject: str) -> str:
    issuer = "token.actions.githubusercontent.com"
    conditions = {"StringEquals": {f"{issuer}:aud": "a"}, "StringLike": {f"{issuer}:sub": subject}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::1:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    return json.dumps({"Statement": [statement]})


TABLE = ("aws:dynamodb/table:Table", "aws_dynamodb_table")
GROUP = ("aws:cloudwatch/logGroup:LogGroup", "aws_cloudwatch_log_group")
LAMBDA = ("aws:lambda/function:Function", "aws_lambda_function")
TASK = ("aws:ecs/taskDefinition:TaskDefinition", "aws_ecs_task_definition")
BALANCER = ("aws:lb/loadBalancer:LoadBalancer", "aws_lb")
SERVICE = ("aws:ecs/service:Service", "aws_ecs_service")
KEY = ("aws:kms/key:Key", "aws_kms_key")
ROTATION = ("aws:secretsmanager/secretRotation:SecretRotation", "aws_secretsmanager_secret_rotation")
SECURITY_GROUP = ("aws:ec2/securityGroup:SecurityGroup", "aws_security_group")
EGRESS = ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws_vpc_security_group_egress_rule")
INGRESS = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule")
POLICY = ("aws:iam/policy:Policy", "aws_iam_policy")
MESH = ("aws:appmesh/mesh:Mesh", "aws_appmesh_mesh")
ROLE = ("aws:iam/role:Role", "aws_iam_role")


def _long(resources: int) -> str:
    names = [f"arn:aws:sqs:us-east-1:111122223333:queue-{number:04}" for number in range(resources)]
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": names}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


CASES = (
    case(19, True, *POLICY, {"policy": _long(50)}),
    case(19, False, *POLICY, {"policy": _long(200)}),
    case(1, True, *TABLE, {"tags": TAGS}),
    case(1, False, *TABLE, {"tags": {"Name": "x"}}),
    case(1, False, *TABLE, {"hashKey": "a"}, {"hash_key": "a"}),
    case(1, True, "aws:kms/alias:Alias", "aws_kms_alias", {"name": "alias/x"}),
    case(2, True, *BALANCER, {"internal": True}),
    case(2, False, *BALANCER, {"internal": False}),
    case(2, False, *BALANCER, {"name": "x"}),
    case(
        2,
        True,
        *SERVICE,
        {"networkConfiguration": {"assignPublicIp": False, "subnets": ["a", "b"]}},
        {"network_configuration": [{"assign_public_ip": False, "subnets": ["a", "b"]}]},
    ),
    case(
        2,
        False,
        *SERVICE,
        {"networkConfiguration": {"assignPublicIp": True, "subnets": ["a", "b"]}},
        {"network_configuration": [{"assign_public_ip": True, "subnets": ["a", "b"]}]},
    ),
    case(
        2,
        False,
        "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace",
        "aws_service_discovery_public_dns_namespace",
        {"name": "x.example"},
    ),
    case(
        2,
        False,
        "aws:lambda/functionUrl:FunctionUrl",
        "aws_lambda_function_url",
        {"authorizationType": "NONE"},
        {"authorization_type": "NONE"},
    ),
    case(
        2,
        False,
        "aws:ec2/subnet:Subnet",
        "aws_subnet",
        {"mapPublicIpOnLaunch": True},
        {"map_public_ip_on_launch": True},
    ),
    case(3, True, *GROUP, {"retentionInDays": 30}, {"retention_in_days": 30}),
    case(3, False, *GROUP, {"retentionInDays": 0}, {"retention_in_days": 0}),
    case(3, False, *GROUP, {"name": "/x"}),
    case(
        4,
        True,
        *LAMBDA,
        {"loggingConfig": {"logFormat": "JSON", "logGroup": "/x"}},
        {"logging_config": [{"log_format": "JSON", "log_group": "/x"}]},
    ),
    case(4, False, *LAMBDA, {"runtime": "python3.13"}),
    case(
        4,
        True,
        *TASK,
        {"containerDefinitions": _containers("false")},
        {"container_definitions": _containers("false")},
    ),
    case(
        4,
        False,
        *TASK,
        {"containerDefinitions": _containers("true")},
        {"container_definitions": _containers("true")},
    ),
    case(5, False, *MESH, {"name": "x"}),
    case(5, False, "aws:apprunner/service:Service", "aws_apprunner_service", {"serviceName": "x"}),
    case(5, False, "aws:mediastore/container:Container", "aws_media_store_container", {"name": "x"}),
    case(6, True, *LAMBDA, {"runtime": "python3.13"}),
    case(6, False, *LAMBDA, {"runtime": "python3.9"}),
    case(6, True, *LAMBDA, {"packageType": "Image"}, {"package_type": "Image"}),
    case(
        7,
        True,
        *MESH,
        {"spec": {"egressFilter": {"type": "DROP_ALL"}}},
        {"spec": [{"egress_filter": [{"type": "DROP_ALL"}]}]},
    ),
    case(
        7,
        False,
        *MESH,
        {"spec": {"egressFilter": {"type": "ALLOW_ALL"}}},
        {"spec": [{"egress_filter": [{"type": "ALLOW_ALL"}]}]},
    ),
    case(12, False, *EGRESS, {"cidrIpv4": "0.0.0.0/0"}, {"cidr_ipv4": "0.0.0.0/0"}),
    case(12, True, *EGRESS, {"cidrIpv4": "10.0.0.0/16"}, {"cidr_ipv4": "10.0.0.0/16"}),
    case(
        12,
        False,
        *SECURITY_GROUP,
        {"egress": [{"fromPort": 443, "ipv6CidrBlocks": ["10::/8", "::/0"]}]},
        {"egress": [{"from_port": 443, "ipv6_cidr_blocks": ["10::/8", "::/0"]}]},
    ),
    case(
        12,
        True,
        *SECURITY_GROUP,
        {"egress": [{"fromPort": 443, "securityGroups": ["a"]}], "ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]},
        {
            "egress": [{"from_port": 443, "security_groups": ["a"]}],
            "ingress": [{"cidr_blocks": ["0.0.0.0/0"]}],
        },
    ),
    case(
        12,
        False,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws_security_group_rule",
        {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]},
        {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]},
    ),
    case(
        12,
        True,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws_security_group_rule",
        {"type": "egress", "cidrBlocks": ["10.0.0.0/8"]},
        {"type": "egress", "cidr_blocks": ["10.0.0.0/8"]},
    ),
    case(
        8,
        True,
        *KEY,
        {"enableKeyRotation": True, "rotationPeriodInDays": 90},
        {"enable_key_rotation": True, "rotation_period_in_days": 90},
    ),
    case(
        8,
        False,
        *KEY,
        {"enableKeyRotation": True, "rotationPeriodInDays": 900},
        {"enable_key_rotation": True, "rotation_period_in_days": 900},
    ),
    case(8, False, *KEY, {"description": "x"}),
    case(
        8,
        True,
        *KEY,
        {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
        {"customer_master_key_spec": "RSA_2048", "key_usage": "SIGN_VERIFY"},
    ),
    case(
        8,
        True,
        *ROTATION,
        {"rotationRules": {"automaticallyAfterDays": 30}},
        {"rotation_rules": [{"automatically_after_days": 30}]},
    ),
    case(
        8,
        False,
        *ROTATION,
        {"rotationRules": {"automaticallyAfterDays": 180}},
        {"rotation_rules": [{"automatically_after_days": 180}]},
    ),
    case(
        8,
        False,
        *ROTATION,
        {"rotationRules": {"scheduleExpression": "rate(100 days)"}},
        {"rotation_rules": [{"schedule_expression": "rate(100 days)"}]},
    ),
    case(
        8,
        True,
        *ROTATION,
        {"rotationRules": {"scheduleExpression": "rate(12 hours)"}},
        {"rotation_rules": [{"schedule_expression": "rate(12 hours)"}]},
    ),
    case(8, False, "aws:iam/accessKey:AccessKey", "aws_iam_access_key", {"user": "x"}),
    case(
        9,
        True,
        *ROLE,
        {"permissionsBoundary": "arn:aws:iam::111122223333:policy/x"},
        {"permissions_boundary": "arn:aws:iam::111122223333:policy/x"},
    ),
    case(9, False, *ROLE, {"name": "x"}),
    case(9, False, "aws:iam/user:User", "aws_iam_user", {"name": "x"}),
    case(
        10,
        False,
        *INGRESS,
        {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
        {"ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"},
    ),
    case(
        10,
        True,
        *INGRESS,
        {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
        {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
    ),
    case(
        11,
        False,
        *SECURITY_GROUP,
        {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "ipv6CidrBlocks": ["::/0"]}]},
        {"ingress": [{"protocol": "tcp", "from_port": 443, "to_port": 443, "ipv6_cidr_blocks": ["::/0"]}]},
    ),
    case(11, True, *SECURITY_GROUP, {"name": "x"}),
    case(13, True, *SECURITY_GROUP, {"name": "x"}),
    case(14, True, *GROUP, {"name": "/x"}),
    case(14, False, *GROUP, {"name": "Calling __str__ on an Output[T] is not supported."}),
    case(15, True, *POLICY, {"policy": _policy("s3:ListBucket")}),
    case(15, False, *POLICY, {"policy": _policy("s3:ListObjects")}),
    case(16, True, *ROLE, {"assumeRolePolicy": _trust("x")}, {"assume_role_policy": _trust("x")}),
    case(16, False, *ROLE, {"assumeRolePolicy": _trust("*")}, {"assume_role_policy": _trust("*")}),
    case(17, True, *POLICY, {"policy": _policy("s3:ListBucket")}),
    case(17, False, *POLICY, {"policy": '{"Statement": {"Effect": "Allow"}}'}),
)
