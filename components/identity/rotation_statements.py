"""The permissions of the function that rotates secrets."""

from __future__ import annotations

from collections.abc import Mapping

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import Condition, IamStatement
from components.naming import GRANTS_KEY, PLATFORM_KEY, ROTATION


def rotation_statements(place: Place, keys: Mapping[str, str]) -> tuple[IamStatement, ...]:
    """Read and write the keys of grants and move their labels, write its own log, trace. Nothing else."""
    return (
        IamStatement(
            sid="GrantKeys",
            actions=(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            resources=(place.grant_signing_key, place.grant_public_keys),
        ),
        IamStatement(
            sid="GrantKeysKey",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(keys[GRANTS_KEY],),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(place.account.service_endpoint("secretsmanager"),),
                ),
            ),
        ),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(place.account.log_streams(place.names.function_log_group(ROTATION)),),
        ),
        trace_statement(),
        decrypt_statement("PlatformKey", keys[PLATFORM_KEY], (place.account.service_endpoint("lambda"),)),
    )
