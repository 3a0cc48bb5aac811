"""Who may do what in the bucket of the audit trail, beside what IAM says."""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, Effect, Principals, Statement
from components.naming import GOVERNANCE_ADMIN


def audit_bucket_policy(place: Place) -> tuple[Statement, ...]:
    """Nothing without TLS, and no objects but from the function that makes changes."""
    bucket = place.account.bucket(place.audit_bucket)
    everybody = Principals(everybody=True)
    return (
        Statement(
            sid="TlsOnly",
            effect=Effect.DENY,
            principals=everybody,
            actions=("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
            resources=(bucket, f"{bucket}/*"),
            conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
        ),
        Statement(
            sid="AdminAlone",
            effect=Effect.DENY,
            principals=everybody,
            actions=("s3:PutObject",),
            resources=(f"{bucket}/*",),
            conditions=(
                Condition(
                    operator="ArnNotEquals",
                    key="aws:PrincipalArn",
                    values=(place.function_role(GOVERNANCE_ADMIN),),
                ),
            ),
        ),
    )
