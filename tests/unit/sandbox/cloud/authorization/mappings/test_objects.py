"""What requests to S3 need: by path, query, headers, and the body of a deletion of many."""

from __future__ import annotations

import pytest

from sandbox.cloud.authorization.mappings.objects import object_needs
from sandbox.cloud.authorization.received_call import read_call
from sandbox.cloud.emulator.wsgi import BODY
from tests.support.iam.requests import SmallAws, request, told

OBJECT = "arn:aws:s3:::b/audit/1"
REQUESTS = [
    ("GET", "/", {}, ["s3:ListAllMyBuckets *"]),
    ("GET", "/b?list-type=2&prefix=a", {}, ["s3:ListBucket arn:aws:s3:::b s3:prefix=a"]),
    ("GET", "/b?versions&prefix=", {}, ["s3:ListBucketVersions arn:aws:s3:::b s3:prefix="]),
    ("PUT", "/b?policy", {}, ["s3:PutBucketPolicy arn:aws:s3:::b"]),
    ("HEAD", "/b/audit/1", {}, [f"s3:GetObject {OBJECT}"]),
    ("GET", "/b/audit/1?versionId=2", {}, [f"s3:GetObjectVersion {OBJECT}"]),
    ("GET", "/b/audit/1?retention&versionId=2", {}, [f"s3:GetObjectRetention {OBJECT}"]),
    ("DELETE", "/b/audit/1?versionId=2", {}, [f"s3:DeleteObjectVersion {OBJECT}"]),
    ("PUT", "/b/audit%2F1", {}, [f"s3:PutObject {OBJECT}"]),
    ("PUT", "/b/audit/1", {"if-none-match": "*"}, [f"s3:PutObject {OBJECT} s3:if-none-match=*"]),
    (
        *("PUT", "/b/audit/1", {"x-amz-object-lock-mode": "GOVERNANCE"}),
        [f"s3:PutObject {OBJECT}", f"s3:PutObjectRetention {OBJECT}"],
    ),
    (
        *("DELETE", "/b/audit/1", {"x-amz-bypass-governance-retention": "true"}),
        [f"s3:DeleteObject {OBJECT}", f"s3:BypassGovernanceRetention {OBJECT}"],
    ),
    ("POST", "/b?delete", {}, ["s3:DeleteObject ?"]),
    ("POST", "/b?website", {}, ["s3:POSTBucket arn:aws:s3:::b"]),
    (
        *("PUT", "/b/audit/1", {"x-amz-copy-source": "/c/a%2F1"}),
        ["s3:GetObject arn:aws:s3:::c/a/1", f"s3:PutObject {OBJECT}"],
    ),
    (
        *("PUT", "/b/audit/1?partNumber=1&uploadId=u", {"x-amz-copy-source": "c/1?versionId=2"}),
        ["s3:GetObjectVersion arn:aws:s3:::c/1", f"s3:PutObject {OBJECT}"],
    ),
    ("GET", "/b/audit/1?torrent&acl", {}, [f"s3:GetObjectAcl {OBJECT}"]),
    ("GET", "/b/audit/1?tagging&acl", {}, [f"s3:GET {OBJECT}"]),
    ("GET", "/audit/1", {"host": "b.s3.amazonaws.com"}, ["s3:GET ?"]),
]


@pytest.mark.parametrize(("method", "path", "headers", "needs"), REQUESTS)
def test_requests_by_path(method: str, path: str, headers: dict[str, str], needs: list[str]) -> None:
    """Method, path, query and headers say what is meant; what may mean something else is not known."""
    call = read_call(request("s3", method=method, path=path, headers=headers))
    assert told(tuple(object_needs(call, SmallAws()))) == needs


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        (
            "<Delete><Object><Key>audit/1</Key></Object></Delete>",
            [f"s3:DeleteObject {OBJECT}"],
        ),
        (
            "<Delete xmlns='x'><Object><Key>audit/1</Key><VersionId>2</VersionId></Object>"
            "<Object><Key>a&amp;b</Key></Object><Quiet>true</Quiet></Delete>",
            [f"s3:DeleteObjectVersion {OBJECT}", "s3:DeleteObject arn:aws:s3:::b/a&b"],
        ),
        ("<Delete><Object><Key>audit/1</Key>", ["s3:DeleteObject ?"]),
        ("<Delete><Object><Name>audit/1</Name></Object></Delete>", ["s3:DeleteObject ?"]),
        ("<Delete><Object><Key>a</Key><Key>audit/1</Key></Object></Delete>", ["s3:DeleteObject ?"]),
        ("<Delete/>", ["s3:DeleteObject ?"]),
        ("", ["s3:DeleteObject ?"]),
    ],
)
def test_a_deletion_of_many_is_of_each(body: str, needs: list[str]) -> None:
    """Each object that the body names is judged; a body that cannot be read names none that is known."""
    call = read_call({**request("s3", path="/b?delete"), BODY: body.encode()})
    assert told(tuple(object_needs(call, SmallAws()))) == needs


def test_a_deletion_of_many_that_passes_a_retention_needs_that_too() -> None:
    """As the deletion of one does."""
    bypassing = request("s3", path="/b?delete", headers={"x-amz-bypass-governance-retention": "true"})
    body = b"<Delete><Object><Key>audit/1</Key></Object></Delete>"
    assert told(tuple(object_needs(read_call({**bypassing, BODY: body}), SmallAws()))) == [
        f"s3:DeleteObject {OBJECT}",
        f"s3:BypassGovernanceRetention {OBJECT}",
    ]


@pytest.mark.parametrize(
    "source",
    ["http://x/c/1", "//c/1", "c/1;x", "c/1#x", "c/1?x=1&versionId=2", "c/1?versionId=2&x", "c", "c/"],
)
def test_a_source_of_another_form_is_not_known(source: str) -> None:
    """It could be read in two ways, so it is denied."""
    call = read_call(request("s3", method="PUT", path="/b/audit/1", headers={"x-amz-copy-source": source}))
    assert told(tuple(object_needs(call, SmallAws()))) == ["s3:GetObject ?", f"s3:PutObject {OBJECT}"]
