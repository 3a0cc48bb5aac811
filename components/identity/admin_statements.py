"""The permissions of the function that changes policies."""

from __future__ import annotations

from collections.abc import Mapping

from components.account import Place
from components.identity.service_statements import decrypt_statement, trace_statement
from components.identity.statement import IamStatement
from components.naming import AUDIT_KEY, GOVERNANCE_ADMIN, PLATFORM_KEY


def admin_statements(place: Place, keys: Mapping[str, str]) -> tuple[IamStatement, ...]:
    """Change the policy table, sign the audit trail, add to its bucket and read there how far it goes. GOV-2

    It can neither delete nor replace what is in the bucket, nor change how long that is locked.
    """
    account, names = place.account, place.names
    return (
        IamStatement(
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
        IamStatement(sid="SignTrail", actions=("kms:GetPublicKey", "kms:Sign"), resources=(keys[AUDIT_KEY],)),
        IamStatement(
            sid="FindExports",
            actions=("s3:ListBucketVersions",),
            resources=(account.bucket(place.audit_bucket),),
        ),
        IamStatement(
            sid="ReadExports",
            actions=("s3:GetObjectRetention", "s3:GetObjectVersion"),
            resources=(account.bucket(f"{place.audit_bucket}/audit/*"),),
        ),
        IamStatement(
            sid="ExportTrail",
            actions=("s3:PutObject",),
            resources=(account.bucket(f"{place.audit_bucket}/audit/*"),),
        ),
        IamStatement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(account.log_streams(names.function_log_group(GOVERNANCE_ADMIN)),),
        ),
        trace_statement(),
        decrypt_statement(
            "PlatformKey",
            keys[PLATFORM_KEY],
            (account.service_endpoint("dynamodb"), account.service_endpoint("lambda")),
        ),
    )
