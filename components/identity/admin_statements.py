"""What the function that changes policies may do."""

from __future__ import annotations

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import Condition, Statement


def admin_statements(place: Place, platform_key: str, audit_key: str) -> tuple[Statement, ...]:
    """Change the policy table, sign the audit trail and add to its bucket. GOV-2

    It can neither delete nor replace what is in the bucket, nor change how long that is locked.
    """
    account, names = place.account, place.names
    return (
        Statement(
            sid="ChangePolicies",
            actions=(
                "dynamodb:BatchWriteItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:Scan",
            ),
            resources=(account.table(names.policy_table),),
        ),
        Statement(sid="SignTrail", actions=("kms:GetPublicKey", "kms:Sign"), resources=(audit_key,)),
        Statement(
            sid="ExportTrail",
            actions=("s3:PutObject",),
            resources=(account.bucket(f"{place.audit_bucket}/audit/*"),),
        ),
        Statement(
            sid="EncryptExports",
            actions=("kms:GenerateDataKey",),
            resources=(platform_key,),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(account.service_endpoint("s3"),),
                ),
            ),
        ),
        Statement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(account.log_streams(names.admin_log_group),),
        ),
        trace_statement(),
        decrypt_statement(
            "PlatformKey",
            platform_key,
            (account.service_endpoint("dynamodb"), account.service_endpoint("lambda")),
        ),
    )
