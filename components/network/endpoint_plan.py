"""The VPC endpoints and their policies. NET-2.

An endpoint's policy is a second lock beside IAM: only principals of this account, only what the platform
uses, only this environment's resources. Service names:
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""

from __future__ import annotations

from dataclasses import dataclass

from components.account import Place
from components.declarations import Services
from components.identity.statement import Condition, IamStatement, Principals


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint: the service's short name, whether it is a gateway or an interface, and its policy."""

    service: str
    gateway: bool = False
    statements: tuple[IamStatement, ...]

    @property
    def name(self) -> str:
        """The short name without dots: `ecr-api`."""
        return self.service.replace(".", "-")


def plan_endpoints(place: Place, services: Services) -> tuple[Endpoint, ...]:
    """The endpoints that tasks without a default route need, and the one by which their tests find them."""
    if any(service.is_smoked_by_task for service in services.services):
        return (*_endpoints_of_tasks(place), _endpoint_of_tests(place))
    return _endpoints_of_tasks(place)


def _endpoint_of_tests(place: Place) -> Endpoint:
    cluster = place.names.cluster
    revisions, tasks = (
        place.account.arn("ecs", f"{kind}/{cluster}/*") for kind in ("service-revision", "task")
    )
    return Endpoint(
        service="ecs",
        statements=(
            _own_account_statement(place, "Revisions", ("ecs:DescribeServiceRevisions",), revisions),
            _own_account_statement(place, "List", ("ecs:ListTasks",), "*"),
            _own_account_statement(place, "Tasks", ("ecs:DescribeTasks",), tasks),
        ),
    )


def _endpoints_of_tasks(place: Place) -> tuple[Endpoint, ...]:
    account = place.account
    environment = place.names.environment
    repositories = account.repository(f"{environment}/*")
    pull = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    return (
        Endpoint(service="s3", gateway=True, statements=(_image_layers_statement(place),)),
        Endpoint(
            service="dynamodb",
            gateway=True,
            statements=(
                _own_account_statement(
                    place,
                    "Deeds",
                    ("dynamodb:PutItem", "dynamodb:UpdateItem"),
                    account.table(place.names.idempotency_table),
                ),
            ),
        ),
        Endpoint(
            service="ecr.api",
            statements=(
                _own_account_statement(place, "Token", ("ecr:GetAuthorizationToken",), "*"),
                _own_account_statement(place, "Pull", pull, repositories),
            ),
        ),
        Endpoint(service="ecr.dkr", statements=(_own_account_statement(place, "Pull", pull, repositories),)),
        Endpoint(
            service="logs",
            statements=(
                _own_account_statement(
                    place,
                    "Write",
                    ("logs:CreateLogStream", "logs:PutLogEvents"),
                    account.log_streams(place.names.log_group("*")),
                ),
            ),
        ),
        Endpoint(
            service="secretsmanager",
            statements=(
                _own_account_statement(
                    place,
                    "Read",
                    ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
                    account.arn("secretsmanager", f"secret:{environment}/*"),
                ),
            ),
        ),
        Endpoint(
            service="kms",
            statements=(_own_account_statement(place, "Use", ("kms:Decrypt",), account.arn("kms", "key/*")),),
        ),
        Endpoint(
            service="lambda",
            statements=(
                _own_account_statement(place, "Ask", ("lambda:InvokeFunction",), place.caller_alias("*")),
            ),
        ),
        Endpoint(
            service="ecs-agent",
            statements=(_own_account_statement(place, "Poll", ("ecs:Poll",), _instances(place)),),
        ),
        Endpoint(
            service="ecs-telemetry",
            statements=(
                _own_account_statement(place, "Telemetry", ("ecs:StartTelemetrySession",), _instances(place)),
            ),
        ),
        Endpoint(
            service="sts",
            statements=(_own_account_statement(place, "Identity", ("sts:GetCallerIdentity",), "*"),),
        ),
        Endpoint(
            service="monitoring",
            statements=(_own_account_statement(place, "Metrics", ("cloudwatch:PutMetricData",), "*"),),
        ),
        Endpoint(
            service="xray",
            statements=(
                _own_account_statement(
                    place,
                    "Trace",
                    (
                        "xray:GetSamplingRules",
                        "xray:GetSamplingTargets",
                        "xray:PutTelemetryRecords",
                        "xray:PutTraceSegments",
                    ),
                    "*",
                ),
            ),
        ),
    )


def _instances(place: Place) -> str:
    """What ECS's agents of the cluster act as."""
    return place.account.arn("ecs", f"container-instance/{place.names.cluster}/*")


def _own_account_statement(place: Place, sid: str, actions: tuple[str, ...], resource: str) -> IamStatement:
    return IamStatement(
        sid=sid,
        actions=actions,
        resources=(resource,),
        principals=Principals(everybody=True),
        conditions=(
            Condition(operator="StringEquals", key="aws:PrincipalAccount", values=(place.account.id,)),
        ),
    )


def _image_layers_statement(place: Place) -> IamStatement:
    """Image layers come from a bucket of ECR, by links that ECR signed, so not with our principals.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
    """
    bucket = f"prod-{place.account.region}-starport-layer-bucket"
    return IamStatement(
        sid="ImageLayers",
        actions=("s3:GetObject",),
        resources=(f"arn:{place.account.partition}:s3:::{bucket}/*",),
        principals=Principals(everybody=True),
    )
