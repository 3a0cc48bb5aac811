"""The permissions of the function that rotates secrets: the same size however many secrets there are."""

from __future__ import annotations

from collections.abc import Mapping

from components.account import Place
from components.declarations import RotationKind
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import Condition, IamStatement
from components.naming import PLATFORM_KEY, ROTATION, ROTATION_TAG

ROTATE = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)


def rotation_statements(place: Place, keys: Mapping[str, str]) -> tuple[IamStatement, ...]:
    """Read and write the secrets that are rotated and move their labels, have ECS replace the tasks that read
    them, write its own log, trace. Nothing else.
    """
    account = place.account
    return (
        IamStatement(
            sid="GrantKeys",
            actions=ROTATE,
            resources=(place.grant_signing_key, place.grant_public_keys),
        ),
        IamStatement(
            sid="TaggedSecrets",
            actions=ROTATE,
            resources=(place.secrets,),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key=f"aws:ResourceTag/{ROTATION_TAG}",
                    values=(RotationKind.GENERATED.value, RotationKind.CALL.value),
                ),
            ),
        ),
        IamStatement(
            # whose policies let it in with the same conditions; their ARNs would not fit into a boundary
            sid="KeysOfSecrets",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(account.arn("kms", "key/*"),),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(account.service_endpoint("secretsmanager"),),
                ),
                Condition(
                    operator="StringLike", key="kms:EncryptionContext:SecretARN", values=(place.secrets,)
                ),
            ),
        ),
        IamStatement(sid="ReplaceTasks", actions=("ecs:UpdateService",), resources=(place.ecs_services,)),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(account.log_streams(place.names.function_log_group(ROTATION)),),
        ),
        trace_statement(),
        decrypt_statement("PlatformKey", keys[PLATFORM_KEY], (account.service_endpoint("lambda"),)),
    )
