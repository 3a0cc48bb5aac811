from __future__ import annotations

from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.utils import normalize_url_path
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.signing.canonical import (
    SignableRequest,
    canonical_path,
    canonical_query,
    canonical_request,
    normal_path,
    signature,
    string_to_sign,
)

SIGNER = SigV4Auth(ReadOnlyCredentials("orbit.v1", "secret", None), "myelin", "eu-central-1")

odd_paths = st.lists(
    st.sampled_from(["", ".", "..", "a", "b%20c", "~x", "%2F", "é", "a+b", "a:b", "reason"]), max_size=6
).map(lambda parts: "/" + "/".join(quote(part, safe="%~+:") for part in parts))
query_parts = st.text("abAB09-_.~%+=é :/?", max_size=6).map(lambda text: quote(text, safe="=%+"))
odd_queries = st.lists(query_parts, max_size=5).map("&".join)
header_values = st.text(st.characters(codec="ascii", exclude_characters="\r\n\x00"), max_size=20)
odd_headers = st.lists(
    st.tuples(st.sampled_from(["x-one", "X-Two", "content-type", "X-Amz-Meta"]), header_values), max_size=6
)


@given(odd_paths, odd_queries, odd_headers, st.binary(max_size=100))
def test_the_canonical_request_is_botocores(
    path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    """For odd paths, queries, repeated headers and any body, the canonical request is botocore's (AXN-2)."""
    request = AWSRequest(method="POST", url=f"http://axon:8081{path}?{query}", data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    request.headers["Host"] = "axon:8081"
    request.context["timestamp"] = "20260102T030405Z"
    expected = SIGNER.canonical_request(request)

    lowered = tuple((name.lower(), value) for name, value in request.headers.items())
    ours = canonical_request(
        SignableRequest(method="POST", path=path, query=query, headers=lowered, body=body),
        signed_headers=sorted({name for name, _ in lowered}),
        payload_hash=SIGNER.payload(request),
    )

    assert ours == expected
    text = string_to_sign(
        timestamp="20260102T030405Z", scope="20260102/eu-central-1/myelin/aws4_request", canonical=ours
    )
    assert text == SIGNER.string_to_sign(request, expected)
    assert SIGNER.signature(text, request) == signature(
        secret="secret", date="20260102", region="eu-central-1", service="myelin", text=text
    )


@given(st.text("./a%~", max_size=12).map(lambda text: "/" + text))
def test_paths_are_normal_as_in_botocore(path: str) -> None:
    """Dot segments and repeated slashes go as botocore removes them, and a normal path stays as it is."""
    assert normal_path(path) == normalize_url_path(path)
    assert normal_path(normal_path(path)) == normal_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a/../b/./c/", "/b/c/"),
        ("/a%20b", "/a%2520b"),
        ("/é", "/%C3%A9"),
    ],
)
def test_known_paths(path: str, expected: str) -> None:
    """The canonical path is normalised, and percent-encoded once more than on the wire."""
    assert canonical_path(path) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", ""), ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"), ("flag", "flag="), ("a=b=c", "a=b=c")],
)
def test_known_queries(query: str, expected: str) -> None:
    """The canonical query is sorted by name and value, and each name has an equals sign."""
    assert canonical_query(query) == expected


def test_the_published_example_gives_the_published_signature() -> None:
    """The key derivation and signature are those of the example in the AWS General Reference."""
    text = (
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )

    found = signature(
        secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        date="20150830",
        region="us-east-1",
        service="iam",
        text=text,
    )

    assert found == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
