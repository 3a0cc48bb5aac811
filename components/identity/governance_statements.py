"""The permissions of the function that decides."""

from __future__ import annotations

from collections.abc import Mapping

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import IamStatement
from components.naming import GOVERNANCE, GRANTS_KEY, PLATFORM_KEY


def governance_statements(place: Place, keys: Mapping[str, str]) -> tuple[IamStatement, ...]:
    """Read the policy table and the key of grants, write its own log, trace. Nothing else."""
    return (
        IamStatement(
            sid="ReadPolicies",
            actions=("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
            resources=(place.account.table(place.names.policy_table),),
        ),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(place.account.log_streams(place.names.function_log_group(GOVERNANCE)),),
        ),
        IamStatement(
            sid="SignGrants",
            actions=("secretsmanager:GetSecretValue",),
            resources=(place.grant_signing_key,),
        ),
        decrypt_statement("GrantsKey", keys[GRANTS_KEY], (place.account.service_endpoint("secretsmanager"),)),
        trace_statement(),
        decrypt_statement(
            "PlatformKey",
            keys[PLATFORM_KEY],
            (place.account.service_endpoint("dynamodb"), place.account.service_endpoint("lambda")),
        ),
    )
