from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.runtime.errors import UnsignableRequestError
from services.runtime.signing.canonical import SignableRequest
from services.runtime.signing.sign import SigningKey, sign
from services.runtime.signing.verify import (
    MAX_SKEW_SECONDS,
    REQUIRED_HEADERS,
    Accepted,
    Reason,
    Refused,
    check,
    check_body,
    read_claim,
)

REGION = "eu-central-1"
KEY = SigningKey(caller="orbit", version="0b1c2d3e-0000-4000-8000-123456789abc", secret="k" * 64)
BASE = {"content-type": "application/json", "x-correlation-id": "abc-1", "x-myelin-deadline-ms": "2000"}

paths = st.lists(st.text("abc012-_.~ é%", min_size=1, max_size=6), max_size=3).map(
    lambda parts: "/" + "/".join(quote(part, safe="~") for part in parts if part not in (".", ".."))
)
texts = st.text("abc=+ é", max_size=5)
queries = st.lists(st.tuples(texts, texts), max_size=3).map(
    lambda pairs: "&".join(f"{quote(name, safe='+')}={quote(value, safe='=+')}" for name, value in pairs)
)
values = st.text("abcXYZ019 _-./", max_size=12).map(lambda text: " ".join(text.split()))


def signed(
    *,
    method: str = "POST",
    path: str = "/reason",
    query: str = "",
    body: bytes = b'{"intent":"reason"}',
    headers: dict[str, str] | None = None,
    key: SigningKey = KEY,
    region: str = REGION,
) -> SignableRequest:
    """A request as the receiver sees it, signed now by the real signer."""
    url = f"http://axon:8081{path}" + (f"?{query}" if query else "")
    sent = sign(method=method, url=url, headers=headers or BASE, body=body, key=key, region=region)
    return SignableRequest(method=method, path=path, query=query, headers=tuple(sent.items()), body=body)


def now() -> float:
    return datetime.now(UTC).timestamp()


def verify(request: SignableRequest, *, at: float | None = None, secret: str | None = KEY.secret) -> object:
    """The verdict, by a verifier that knows `secret` for the one key that there is."""
    claim = read_claim(request, region=REGION, now=now() if at is None else at)
    if isinstance(claim, Refused):
        return claim
    known = (claim.caller, claim.key_version) == (KEY.caller, KEY.version)
    result = check(request, claim, secret=secret if known else None)
    if isinstance(result, Refused):
        return result
    return check_body(claim, request.body, now=now() if at is None else at) or result


def alter(request: SignableRequest, part: str, value: Any) -> SignableRequest:
    """`request` with another value of a header or, if it has no such header, of a field."""
    if request.header(part):
        return with_header(request, part, value)
    return replace(request, **{part: value})


def part_of(request: SignableRequest, part: str) -> Any:
    values = request.header(part)
    return values[0] if values else getattr(request, part)


def reason(request: SignableRequest, *, at: float | None = None, secret: str | None = KEY.secret) -> Reason:
    result = verify(request, at=at, secret=secret)
    assert isinstance(result, Refused)
    return result.reason


def with_header(request: SignableRequest, name: str, *new: str) -> SignableRequest:
    kept = tuple(item for item in request.headers if item[0] != name)
    return replace(request, headers=(*kept, *((name, value) for value in new)))


@given(st.sampled_from(["GET", "POST", "PUT"]), paths, queries, st.binary(max_size=200), values)
def test_what_is_signed_is_accepted(method: str, path: str, query: str, body: bytes, value: str) -> None:
    """verify(sign(x)) accepts, for any path, query, body and further header (AXN-2)."""
    result = verify(
        signed(method=method, path=path, query=query, body=body, headers={**BASE, "x-more": value})
    )

    assert isinstance(result, Accepted)
    assert (result.caller, result.key_version) == (KEY.caller, KEY.version)
    assert abs(result.signed_at - now()) < 5


@given(st.data(), paths, queries, st.binary(min_size=1, max_size=50))
def test_any_altered_byte_is_refused(data: st.DataObject, path: str, query: str, body: bytes) -> None:
    """One byte changed in method, path, query, body, any signed header or the signature: refused (AXN-2)."""
    request = signed(path=path, query=query, body=body)
    covered = [name for name, _ in request.headers if name != "authorization"]
    part = data.draw(st.sampled_from(["method", "path", "query", "body", "authorization", *covered]))
    before = part_of(request, part)
    assume(before)
    place = data.draw(st.integers(0, len(before) - 1))
    if isinstance(before, bytes):
        new = data.draw(st.integers(0, 255))
        assume(new != before[place])
        changed: Any = before[:place] + bytes([new]) + before[place + 1 :]
    else:
        letter = data.draw(st.characters(min_codepoint=1, max_codepoint=255))
        assume(letter != before[place])
        changed = before[:place] + letter + before[place + 1 :]
    altered = alter(request, part, changed)

    assert isinstance(verify(altered), Refused)


@given(st.data())
def test_an_inserted_or_removed_byte_is_refused(data: st.DataObject) -> None:
    """One byte more or less in the path, a signed header or the body: refused."""
    request = signed(path="/a/b", query="x=1", body=b"body")
    part = data.draw(
        st.sampled_from(["path", "body", "x-correlation-id", "host", "x-amz-date", "authorization"])
    )
    before = part_of(request, part)
    place = data.draw(st.integers(0, len(before) - 1))
    extra = data.draw(st.sampled_from([" ", "/", ".", "0", "\t", ""]))
    end = place if extra else place + 1
    middle: Any = extra.encode() if isinstance(before, bytes) else extra
    changed = before[:place] + middle + before[end:]
    altered = alter(request, part, changed)

    assert isinstance(verify(altered), Refused)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0.0, None),
        (MAX_SKEW_SECONDS, None),
        (MAX_SKEW_SECONDS + 0.001, Reason.EXPIRED),
        (-MAX_SKEW_SECONDS, None),
        (-MAX_SKEW_SECONDS - 0.001, Reason.NOT_YET_VALID),
    ],
)
def test_the_clock_may_differ_by_five_minutes_and_no_more(offset: float, expected: Reason | None) -> None:
    """The boundary of the window is exact, either way, and passing it is 401 (AXN-2)."""
    request = signed()
    stamp = (
        datetime.strptime(request.header("x-amz-date")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    )

    result = verify(request, at=stamp + offset)

    if expected is None:
        assert isinstance(result, Accepted)
    else:
        assert isinstance(result, Refused)
        assert (result.reason, result.status, result.caller) == (expected, 401, "orbit")


def test_without_credentials_it_is_unauthenticated() -> None:
    """No Authorization header: 401."""
    result = verify(with_header(signed(), "authorization"))

    assert result == Refused(reason=Reason.MISSING_AUTHORIZATION)
    assert isinstance(result, Refused)
    assert result.status == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=orbit/20260101/r/myelin/aws4_request, SignedHeaders=host, Signature="
        + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=o.v/20260101/r/myelin/aws4_request, SignedHeaders=host, Signature="
        + "A" * 64,
        "AWS4-HMAC-SHA512 Credential=o.v/20260101/r/myelin/aws4_request, SignedHeaders=host, Signature="
        + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=o.v/20260101/r/myelin/aws4_request, SignedHeaders=host, Signature="
        + "0" * 63,
        "AWS4-HMAC-SHA256 Credential=o.v/20260101/r/m/aws4_request,SignedHeaders=host,Signature=" + "0" * 64,
    ],
)
def test_what_is_no_signature_version_4_is_refused(header: str) -> None:
    """An Authorization header in another scheme, or not in its exact form: 401."""
    assert reason(with_header(signed(), "authorization", header)) is Reason.MALFORMED_AUTHORIZATION


def test_two_authorization_headers_are_refused() -> None:
    """Credentials must be unambiguous."""
    request = signed()
    (header,) = request.header("authorization")
    assert reason(with_header(request, "authorization", header, header)) is Reason.MALFORMED_AUTHORIZATION


@pytest.mark.parametrize("name", sorted(REQUIRED_HEADERS))
def test_each_required_header_must_be_there(name: str) -> None:
    """Taking away a header that must be signed is refused."""
    assert isinstance(verify(with_header(signed(), name)), Refused)


@pytest.mark.parametrize("name", ["content-type", "x-correlation-id"])
def test_each_required_header_must_be_signed(name: str) -> None:
    """A header that must be signed and is sent unsigned is refused, and named for the log."""
    request = signed(headers={key: value for key, value in BASE.items() if key != name})

    result = verify(with_header(request, name, "something"))

    assert isinstance(result, Refused)
    assert (result.reason, result.detail) == (Reason.HEADER_NOT_SIGNED, name)


@pytest.mark.parametrize("name", ["x-amz-security-token", "x-myelin-tenant"])
def test_headers_with_a_meaning_must_be_signed(name: str) -> None:
    """Adding an x-amz- or x-myelin- header to a signed request is refused."""
    assert reason(with_header(signed(), name, "added")) is Reason.HEADER_NOT_SIGNED


def test_what_is_said_to_be_signed_must_be_there() -> None:
    """A header that the signature names and that is gone is refused, and named for the log."""
    result = verify(with_header(signed(headers={**BASE, "x-more": "1"}), "x-more"))
    assert isinstance(result, Refused)
    assert (result.reason, result.detail) == (Reason.HEADER_NOT_SIGNED, "x-more is absent")


def test_a_repeated_signed_header_is_refused() -> None:
    """A signed header stands once: two values have the canonical form of one with a comma (AXN-2)."""
    request = signed(headers={**BASE, "x-more": "a,b"})
    for values in (("a", "b"), ("a,b", "a,b")):
        result = verify(with_header(request, "x-more", *values))
        assert isinstance(result, Refused)
        assert (result.reason, result.detail) == (Reason.MALFORMED_REQUEST, "x-more")


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""])
def test_an_unsigned_payload_is_refused(payload: str) -> None:
    """UNSIGNED-PAYLOAD and its kin are refused, even when that is what was signed (AXN-2)."""
    assert reason(with_header(signed(), "x-amz-content-sha256", payload)) is Reason.UNSIGNED_PAYLOAD


def test_another_body_is_refused() -> None:
    """The body must be the one whose hash was signed."""
    assert reason(replace(signed(), body=b"{}")) is Reason.PAYLOAD_MISMATCH


@pytest.mark.parametrize(
    ("secret", "expected"), [(None, Reason.UNKNOWN_KEY), ("x" * 64, Reason.SIGNATURE_MISMATCH)]
)
def test_another_key_is_refused(secret: str | None, expected: Reason) -> None:
    """An unknown version and a wrong key are refused with 403, told apart in the reason alone."""
    result = verify(signed(), secret=secret)
    assert isinstance(result, Refused)
    assert (result.reason, result.status) == (expected, 403)


def test_a_signature_for_another_region_is_refused() -> None:
    """The credential scope must be ours."""
    assert reason(signed(region="us-east-1")) is Reason.WRONG_SCOPE


@pytest.mark.parametrize("stamp", ["", "yesterday", "20261399T000000Z", "2026-01-01T00:00:00Z"])
def test_a_date_that_is_none_is_refused(stamp: str) -> None:
    """x-amz-date must be a point in time in the basic format."""
    assert reason(with_header(signed(), "x-amz-date", stamp)) is Reason.MALFORMED_DATE


@pytest.mark.parametrize(
    ("part", "value", "detail"),
    [
        ("path", "/./reason", "path"),
        ("path", "//reason", "path"),
        ("path", "/r\xe9ason", "path"),
        ("query", "\xe9", "query"),
        ("query", "flag", "query"),
        ("query", "a=1&flag", "query"),
        ("query", "a=1&", "query"),
        ("method", "post", "method"),
    ],
)
def test_one_signature_fits_one_spelling(part: str, value: str, detail: str) -> None:
    """Spellings that canonicalisation would make equal are refused: what is verified is what is routed."""
    result = verify(alter(signed(), part, value))
    assert isinstance(result, Refused)
    assert (result.reason, result.detail) == (Reason.MALFORMED_REQUEST, detail)


def test_equal_requests_have_different_signatures() -> None:
    """Two equal requests within a second are two signatures, so that the second is no replay."""
    assert signed().header("authorization") != signed().header("authorization")


@pytest.mark.parametrize("headers", [{"x-more": "two  spaces"}, {"x-more": " edge"}, {"x-more": "é"}])
def test_what_would_not_arrive_as_signed_is_not_signed(headers: dict[str, str]) -> None:
    """The signer refuses what its receiver would have to refuse."""
    with pytest.raises(UnsignableRequestError):
        signed(headers={**BASE, **headers})
    for url in ("http://axon/é", "http://axon/reason?flag"):
        with pytest.raises(UnsignableRequestError):
            sign(method="GET", url=url, headers=BASE, body=b"", key=KEY, region=REGION)


def test_the_secret_is_not_shown() -> None:
    """A signing key's text has its id and not its secret."""
    assert KEY.secret not in repr(KEY)
    assert KEY.access_key_id == f"orbit.{KEY.version}"


def test_a_request_held_open_is_not_accepted_late() -> None:
    """The time counts again when the body is complete: one second too late is too late (AXN-2)."""
    request = signed()
    signed_at = now()
    claim = read_claim(request, region=REGION, now=signed_at + MAX_SKEW_SECONDS - 1)
    assert not isinstance(claim, Refused)
    assert check_body(claim, request.body, now=signed_at + MAX_SKEW_SECONDS - 1) is None
    late = check_body(claim, request.body, now=signed_at + MAX_SKEW_SECONDS + 1)
    assert late is not None
    assert late.reason is Reason.EXPIRED
