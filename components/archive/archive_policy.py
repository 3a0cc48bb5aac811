"""The bucket policies of the archive: which service of AWS writes where, and that all of it goes over TLS.

https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

from components.account import Place
from components.identity.statement import Condition, IamEffect, IamStatement, Principals
from components.naming import BALANCER_LOGS, BUCKET_LOGS

LOG_DELIVERY = "delivery.logs.amazonaws.com"


def archive_policy(place: Place) -> tuple[IamStatement, ...]:
    """Flow logs of this account are written, by AWS's log delivery alone. NET-5"""
    account = place.account
    bucket = account.bucket(place.archive_bucket)
    delivery = Principals(services=(LOG_DELIVERY,))
    ours = Condition(operator="StringEquals", key="aws:SourceAccount", values=(account.id,))
    owned = Condition(operator="StringEquals", key="s3:x-amz-acl", values=("bucket-owner-full-control",))
    return (
        IamStatement(
            sid="FlowLogs",
            principals=delivery,
            actions=("s3:PutObject",),
            resources=(f"{bucket}/AWSLogs/{account.id}/*",),
            conditions=(ours, owned),
        ),
        IamStatement(
            sid="FlowLogsLook",
            principals=delivery,
            actions=("s3:GetBucketAcl", "s3:ListBucket"),
            resources=(bucket,),
            conditions=(ours,),
        ),
        _tls_only(bucket),
    )


def access_log_policy(place: Place) -> tuple[IamStatement, ...]:
    """The load balancer's logs and those of this environment's buckets, each below its own prefix. MSH-2"""
    account = place.account
    bucket = account.bucket(place.access_log_bucket)
    ours = Condition(operator="StringEquals", key="aws:SourceAccount", values=(account.id,))
    balancer = account.arn("elasticloadbalancing", f"loadbalancer/app/{place.names.load_balancer}/*")
    return (
        IamStatement(
            sid="LoadBalancer",
            principals=Principals(services=("logdelivery.elasticloadbalancing.amazonaws.com",)),
            actions=("s3:PutObject",),
            resources=(f"{bucket}/{BALANCER_LOGS}/AWSLogs/{account.id}/*",),
            conditions=(Condition(operator="ArnLike", key="aws:SourceArn", values=(balancer,)),),
        ),
        IamStatement(
            sid="Buckets",
            principals=Principals(services=("logging.s3.amazonaws.com",)),
            actions=("s3:PutObject",),
            resources=(f"{bucket}/{BUCKET_LOGS}/*",),
            conditions=(ours,),
        ),
        _tls_only(bucket),
    )


def _tls_only(bucket: str) -> IamStatement:
    return IamStatement(
        sid="TlsOnly",
        effect=IamEffect.DENY,
        principals=Principals(everybody=True),
        actions=("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        resources=(bucket, f"{bucket}/*"),
        conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
    )
