"""S3, whose actions are called otherwise than its operations.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]

from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

_HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})
IF_NONE_MATCH = "s3:if-none-match"
KNOWN = frozenset({IF_NONE_MATCH, "s3:prefix", "s3:delimiter"})

OF_BUCKETS = {
    ("GET", ""): "ListBucket",
    ("HEAD", ""): "ListBucket",
    ("PUT", ""): "CreateBucket",
    ("DELETE", ""): "DeleteBucket",
    ("GET", "versions"): "ListBucketVersions",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "policy"): "GetBucketPolicy",
    ("PUT", "policy"): "PutBucketPolicy",
    ("DELETE", "policy"): "DeleteBucketPolicy",
    ("GET", "policyStatus"): "GetBucketPolicyStatus",
    ("GET", "versioning"): "GetBucketVersioning",
    ("PUT", "versioning"): "PutBucketVersioning",
    ("GET", "encryption"): "GetEncryptionConfiguration",
    ("PUT", "encryption"): "PutEncryptionConfiguration",
    ("DELETE", "encryption"): "PutEncryptionConfiguration",
    ("GET", "object-lock"): "GetBucketObjectLockConfiguration",
    ("PUT", "object-lock"): "PutBucketObjectLockConfiguration",
    ("GET", "publicAccessBlock"): "GetBucketPublicAccessBlock",
    ("PUT", "publicAccessBlock"): "PutBucketPublicAccessBlock",
    ("DELETE", "publicAccessBlock"): "PutBucketPublicAccessBlock",
    ("GET", "ownershipControls"): "GetBucketOwnershipControls",
    ("PUT", "ownershipControls"): "PutBucketOwnershipControls",
    ("DELETE", "ownershipControls"): "PutBucketOwnershipControls",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
    ("PUT", "lifecycle"): "PutLifecycleConfiguration",
    ("DELETE", "lifecycle"): "PutLifecycleConfiguration",
    ("GET", "tagging"): "GetBucketTagging",
    ("PUT", "tagging"): "PutBucketTagging",
    ("DELETE", "tagging"): "PutBucketTagging",
    ("GET", "acl"): "GetBucketAcl",
    ("PUT", "acl"): "PutBucketAcl",
    ("GET", "logging"): "GetBucketLogging",
    ("PUT", "logging"): "PutBucketLogging",
}
OF_OBJECTS = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "GetObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("GET", "retention"): "GetObjectRetention",
    ("PUT", "retention"): "PutObjectRetention",
    ("GET", "legal-hold"): "GetObjectLegalHold",
    ("PUT", "legal-hold"): "PutObjectLegalHold",
    ("GET", "attributes"): "GetObjectAttributes",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("GET", "acl"): "GetObjectAcl",
    ("PUT", "acl"): "PutObjectAcl",
    ("POST", "uploads"): "PutObject",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListMultipartUploadParts",
}
_OF_VERSIONS = frozenset(
    {"GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging", "GetObjectAttributes"}
)
_BYPASS = "x-amz-bypass-governance-retention"
_ALSO_NEEDED = {
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "PutObjectRetention",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
    _BYPASS: "BypassGovernanceRetention",
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-acl": "PutObjectAcl",
}
"""Headers by which a request does something more, for which S3 wants one more permission."""


def _deletions(call: ReceivedCall, bucket: str) -> Iterator[Need]:
    """Each object that DeleteObjects names; not known of a body that cannot be read.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    try:
        read = xmltodict.parse(call.body, force_list=("Object",), strip_whitespace=False)
        named = [(one["Key"], "VersionId" in one) for one in read["Delete"]["Object"]]
    except (ExpatError, ValueError, KeyError, TypeError):
        named = []
    if not named or not all(isinstance(key, str) for key, _ in named):
        yield Need(action="s3:DeleteObject", resource=None)
        return
    for key, is_version in named:
        of_one = f"{bucket}/{key}"
        yield Need(action=f"s3:DeleteObject{'Version' if is_version else ''}", resource=of_one, known=KNOWN)
        if _BYPASS in call.headers:
            yield Need(action=f"s3:{_ALSO_NEEDED[_BYPASS]}", resource=of_one, known=KNOWN)


def _read_of_source(source: str) -> Need:
    """What a copy reads: `bucket/key`, percent-encoded, maybe with `?versionId=`; no other form is known.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    path, _, version = source.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key or any(sign in source for sign in "#;&") or "?" in path or ":" in bucket:
        return Need(action="s3:GetObject", resource=None)
    action = f"s3:GetObject{'Version' if version else ''}"
    return Need(action=action, resource=f"arn:aws:s3:::{bucket}/{key}", known=KNOWN)


def object_needs(call: ReceivedCall, _lookup: Lookup) -> Iterator[Need]:
    """The bucket or object of a request by path; a host name of a bucket is not judged."""
    host = call.headers.get("host", "").rpartition(":")[0] or call.headers.get("host", "")
    bucket, _, key = call.path.removeprefix("/").partition("/")
    if host not in _HERE:
        yield Need(action=f"s3:{call.method}", resource=None)
        return
    if not bucket:
        yield Need(action="s3:ListAllMyBuckets", resource=NO_RESOURCE)
        return
    names = OF_OBJECTS if key else OF_BUCKETS
    arn = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    asked = [name for method, name in names if name and method == call.method and name in call.query]
    subresource = asked[0] if len(asked) == 1 else ""
    operation = names.get((call.method, subresource))
    if "delete" in call.query and call.method == "POST" and not key:
        yield from _deletions(call, arn)
        return
    if operation is None or len(asked) > 1 or "delete" in call.query:
        yield Need(action=f"s3:{call.method}{'' if key else 'Bucket'}", resource=arn)
        return
    if (source := call.headers.get("x-amz-copy-source")) is not None:
        yield _read_of_source(source)
    if key and "versionId" in call.query and operation in _OF_VERSIONS:
        operation = operation.replace("Object", "ObjectVersion", 1)
    keys = {
        name: value
        for name, value in (
            (IF_NONE_MATCH, call.headers.get("if-none-match")),
            ("s3:prefix", call.query.get("prefix")),
            ("s3:delimiter", call.query.get("delimiter")),
        )
        if value is not None
    }
    yield Need(action=f"s3:{operation}", resource=arn, keys=keys, known=KNOWN)
    if key:
        more = {name for header, name in _ALSO_NEEDED.items() if header in call.headers}
        for name in sorted(more - {operation}):
            yield Need(action=f"s3:{name}", resource=arn, keys=keys, known=KNOWN)
