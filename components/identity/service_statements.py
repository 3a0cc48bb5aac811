"""What a service's roles may do, derived from its declaration and the call graph."""

from __future__ import annotations

from dataclasses import dataclass

from components.account import Place
from components.identity.statement import Condition, Statement
from components.manifest import Service, Services
from components.naming import GOVERNANCE

METRICS_NAMESPACE = "Myelin"
"""CloudWatch namespace of every custom metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyArns:
    """The keys that a service may decrypt with."""

    own: str
    calls: str


def task_role_statements(
    place: Place, services: Services, service: Service, keys: KeyArns
) -> tuple[Statement, ...]:
    """What the service's own code may do: read its secrets and signing keys, measure, trace, ask
    governance.
    """
    own = place.own_secrets(service.name, tuple(service.secrets))
    signing = place.signing_secrets(services.edges_of(service.name))
    statements = [
        *_secrets("OwnSecrets", own, keys.own, place),
        *_secrets("SigningKeys", signing, keys.calls, place),
        Statement(
            sid="Metrics",
            actions=("cloudwatch:PutMetricData",),
            resources=("*",),
            conditions=(
                Condition(operator="StringEquals", key="cloudwatch:namespace", values=(METRICS_NAMESPACE,)),
            ),
        ),
        trace_statement(),
    ]
    if service.calls:
        statements.append(
            Statement(
                sid="AskGovernance",
                actions=("lambda:InvokeFunction",),
                resources=(place.function_alias(GOVERNANCE),),
            )
        )
    return tuple(statements)


def execution_role_statements(place: Place, service: Service, keys: KeyArns) -> tuple[Statement, ...]:
    """What ECS may do to start a task: pull its image, write its log, read the secrets it injects.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    return (
        Statement(sid="RegistryToken", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(place.account.repository(place.names.repository(service.name)),),
        ),
        Statement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(place.account.log_streams(place.names.log_group(service.name)),),
        ),
        *_secrets("InjectSecrets", place.own_secrets(service.name, tuple(service.secrets)), keys.own, place),
    )


def trace_statement() -> Statement:
    """Send segments to X-Ray and ask it what to sample."""
    return Statement(
        sid="Trace",
        actions=(
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        resources=("*",),
    )


def decrypt_statement(sid: str, key: str, via: tuple[str, ...]) -> Statement:
    """Decrypt with one key, only through the named AWS services (as kms:ViaService has them)."""
    return Statement(
        sid=sid,
        actions=("kms:Decrypt",),
        resources=(key,),
        conditions=(Condition(operator="StringEquals", key="kms:ViaService", values=via),),
    )


def _secrets(sid: str, secrets: tuple[str, ...], key: str, place: Place) -> tuple[Statement, ...]:
    if not secrets:
        return ()
    return (
        Statement(
            sid=sid,
            actions=("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
            resources=secrets,
        ),
        decrypt_statement(f"{sid}Key", key, (place.account.service_endpoint("secretsmanager"),)),
    )
