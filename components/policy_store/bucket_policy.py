"""The bucket policy of the audit trail, which denies beside what IAM allows."""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import GOVERNANCE_ADMIN


def audit_bucket_policy(place: Place) -> tuple[IamStatement, ...]:
    """Deny requests without TLS, objects of others than the admin function, and any put over another."""
    bucket = place.account.bucket(place.audit_bucket)
    everybody = Principals(everybody=True)
    return (
        IamStatement(
            sid="TlsOnly",
            effect=IamEffect.DENY,
            principals=everybody,
            actions=("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
            resources=(bucket, f"{bucket}/*"),
            conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
        ),
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
        IamStatement(
            sid="OnceEach",
            effect=IamEffect.DENY,
            principals=everybody,
            actions=("s3:PutObject",),
            resources=(f"{bucket}/*",),
            conditions=(Condition(operator="Null", key="s3:if-none-match", values=("true",)),),
        ),
        IamStatement(
            sid="AdminAlone",
            effect=IamEffect.DENY,
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
