"""The permissions of a service's two roles, derived from its declaration and the call graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from components.account import Place
from components.declarations import GATE, ServiceDeclaration, Services
from components.identity.statement import Condition, IamStatement

METRICS_NAMESPACE = "Myelin"
"""CloudWatch namespace of every custom metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyArns:
    """The keys that a service may decrypt with."""

    own: str
    calls: str
    grants: str


def task_role_statements(
    place: Place, services: Services, service: ServiceDeclaration, keys: KeyArns
) -> tuple[IamStatement, ...]:
    """Its own code may read its secrets and signing keys, send metrics and traces, and ask governance."""
    own = place.own_secrets(service.name, tuple(service.all_secrets))
    signing = tuple(_signing_secrets(place, services, service.name))
    statements = [
        *_secrets("OwnSecrets", own, keys.own, place),
        *_secrets("SigningKeys", signing, keys.calls, place, narrowed=True),
        IamStatement(
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
            IamStatement(
                sid="AskGovernance",
                actions=("lambda:InvokeFunction",),
                resources=(place.caller_alias(service.name),),
            )
        )
    if service.intents:
        statements += _secrets("GrantKeys", (place.grant_public_keys,), keys.grants, place)
    if service.does_deeds:
        statements += [
            IamStatement(
                sid="Deeds",
                actions=("dynamodb:PutItem", "dynamodb:UpdateItem"),
                resources=(place.account.table(place.names.idempotency_table),),
                conditions=(
                    Condition(
                        operator="ForAllValues:StringLike",
                        key="dynamodb:LeadingKeys",
                        values=(f"{service.name}#*",),
                    ),
                ),
            ),
            decrypt_statement("DeedsKey", keys.grants, (place.account.service_endpoint("dynamodb"),)),
        ]
    return tuple(statements)


def execution_role_statements(
    place: Place, service: ServiceDeclaration, keys: KeyArns
) -> tuple[IamStatement, ...]:
    """To start a task, ECS may pull its image, write its log and read the secrets that it injects.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    return (
        IamStatement(sid="RegistryToken", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        IamStatement(
            sid="PullImage",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=tuple(
                place.account.repository(place.names.repository(image))
                for image in (service.name, *((GATE,) if service.behind_gate else ()))
            ),
        ),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(place.account.log_streams(place.names.log_group(service.name)),),
        ),
        *_secrets(
            "InjectSecrets", place.own_secrets(service.name, tuple(service.injected_secrets)), keys.own, place
        ),
    )


def trace_statement() -> IamStatement:
    """Send segments to X-Ray and ask it what to sample."""
    return IamStatement(
        sid="Trace",
        actions=(
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        resources=("*",),
    )


def decrypt_statement(sid: str, key: str, via: tuple[str, ...]) -> IamStatement:
    """Decrypt with one key, only through the named AWS services (as kms:ViaService has them)."""
    return IamStatement(
        sid=sid,
        actions=("kms:Decrypt",),
        resources=(key,),
        conditions=(Condition(operator="StringEquals", key="kms:ViaService", values=via),),
    )


def _signing_secrets(place: Place, services: Services, service: str) -> Iterator[str]:
    """Patterns of the keys of its calls and of its callers', two at most however many there are."""
    if services.callees_of(service):
        yield place.signing_secrets(caller=service)
    if services.callers_of(service):
        yield place.signing_secrets(callee=service)


def _secrets(
    sid: str, secrets: tuple[str, ...], key: str, place: Place, *, narrowed: bool = False
) -> tuple[IamStatement, ...]:
    """Read some secrets, and decrypt with their key; `narrowed`: only for these of all that are under it."""
    if not secrets:
        return ()
    decrypt = decrypt_statement(f"{sid}Key", key, (place.account.service_endpoint("secretsmanager"),))
    context = Condition(operator="StringLike", key="kms:EncryptionContext:SecretARN", values=secrets)
    return (
        IamStatement(
            sid=sid,
            actions=("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
            resources=secrets,
        ),
        replace(decrypt, conditions=(*decrypt.conditions, context)) if narrowed else decrypt,
    )
