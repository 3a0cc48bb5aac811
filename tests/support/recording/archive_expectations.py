"""What the policies of the buckets of logs have to say. NET-5, MSH-2"""

from __future__ import annotations

from tests.support.recording.policy_documents import Says
from tests.support.recording.policy_world import (
    ACCESS,
    ACCESSES,
    ARCHIVE,
    ARCHIVED,
    BALANCER_SOURCE,
    BALANCERS,
    DELIVERY,
    ENTRIES,
    EVERYBODY,
    FLOWS,
    REQUESTS,
    S3_LOGS,
    denies,
    named,
)
from tests.support.recording.recorder import ACCOUNT

OF_OURS = {"aws:SourceAccount": [ACCOUNT]}


def tls_alone(*on: str) -> Says:
    """Nobody reads or writes there but over TLS."""
    actions = named("s3", "GetObject ListBucket PutObject")
    return denies(EVERYBODY, actions, *on, **{"aws:SecureTransport": ["false"]})


ARCHIVES = {
    "BucketPolicy archive": (
        Says(
            by=[DELIVERY],
            actions=["s3:PutObject"],
            on=[FLOWS],
            when={**OF_OURS, "s3:x-amz-acl": ["bucket-owner-full-control"]},
        ),
        Says(by=[DELIVERY], actions=named("s3", "GetBucketAcl ListBucket"), on=[ARCHIVE], when=OF_OURS),
        tls_alone(ARCHIVE, *ARCHIVED),
    ),
    "BucketPolicy access-logs": (
        Says(
            by=[BALANCERS],
            actions=["s3:PutObject"],
            on=[ENTRIES],
            when={"aws:SourceArn": [BALANCER_SOURCE]},
        ),
        Says(
            by=[S3_LOGS],
            actions=["s3:PutObject"],
            on=[REQUESTS],
            when=OF_OURS,
        ),
        tls_alone(ACCESS, *ACCESSES),
    ),
}
