"""moto's key and locked bucket of an audit trail: the same ones however often they are asked for."""

from __future__ import annotations

from policies.calls.store.trail_bucket import TrailBucket
from policies.calls.store.trail_key import TrailKey
from tests.support.governance.moto_clients import moto_client

BUCKET = "trail"
_ALIAS = "alias/trail"


def trail_key() -> TrailKey:
    """The key that signs."""
    kms = moto_client("kms")
    for alias in kms.list_aliases()["Aliases"]:
        if alias["AliasName"] == _ALIAS:
            return TrailKey(kms, kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]["Arn"])
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    kms.create_alias(AliasName=_ALIAS, TargetKeyId=made["KeyId"])
    return TrailKey(kms, made["Arn"])


def trail_bucket(mode: str = "COMPLIANCE") -> TrailBucket:
    """The bucket, locked in this mode if it is made now."""
    s3 = moto_client("s3")
    if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        rule = {"DefaultRetention": {"Mode": mode, "Days": 1}}
        s3.put_object_lock_configuration(
            Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    return TrailBucket(s3, BUCKET)
