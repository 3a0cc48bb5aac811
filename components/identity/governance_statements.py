"""What the governance function may do."""

from __future__ import annotations

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import Statement


def governance_statements(place: Place, platform_key: str) -> tuple[Statement, ...]:
    """Read the policy table, write its own log, trace, and decrypt with the platform's key. Nothing else."""
    return (
        Statement(
            sid="ReadPolicies",
            actions=("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"),
            resources=(place.account.table(place.names.policy_table),),
        ),
        Statement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(place.account.log_streams(place.names.governance_log_group),),
        ),
        trace_statement(),
        decrypt_statement(
            "PlatformKey",
            platform_key,
            (place.account.service_endpoint("dynamodb"), place.account.service_endpoint("lambda")),
        ),
    )
