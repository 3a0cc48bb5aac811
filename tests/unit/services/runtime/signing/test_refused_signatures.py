"""Signatures that are right in themselves and still refused: what they leave out, repeat or add. AXN-2"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.runtime.errors import UnsignableRequestError
from services.runtime.signing.canonical import (
    ALGORITHM,
    TERMINATOR,
    SignableRequest,
    canonical_request,
    normal_path,
    signature,
    string_to_sign,
)
from services.runtime.signing.sign import SigningKey, sign
from services.runtime.signing.verify import (
    MAX_SKEW_SECONDS,
    REQUIRED_HEADERS,
    SIGNING_NAME,
    Accepted,
    Claim,
    Reason,
    Refused,
    check,
    check_body,
    read_claim,
)

REGION, SECRET = "eu-central-1", "k" * 64
STAMP, NOW = "20260105T120000Z", 1767614400.0
BODY = b"{}"
HEADERS = {
    "content-type": "application/json",
    "host": "axon:8081",
    "idempotency-key": "one",
    "x-amz-content-sha256": hashlib.sha256(BODY).hexdigest(),
    "x-amz-date": STAMP,
    "x-amz-meta": "m",
    "x-correlation-id": "c-1",
    "x-myelin-nonce": "n",
}
BASE = SignableRequest(method="POST", path="/reason", query="", headers=tuple(HEADERS.items()), body=BODY)


def signed(
    request: SignableRequest = BASE,
    *,
    names: tuple[str, ...] = tuple(HEADERS),
    date: str = STAMP[:8],
    end: str = "",
) -> SignableRequest:
    """The request with a signature that is right for just these headers."""
    hashes = request.header("x-amz-content-sha256")
    canonical = canonical_request(request, signed_headers=names, payload_hash=hashes[0] if hashes else "")
    scope = f"{date}/{REGION}/{SIGNING_NAME}/{TERMINATOR}"
    text = string_to_sign(timestamp=STAMP, scope=scope, canonical=canonical)
    seal = signature(secret=SECRET, date=date, region=REGION, service=SIGNING_NAME, text=text)
    value = f"{ALGORITHM} Credential=orbit.v1/{scope}, SignedHeaders={';'.join(names)}, Signature={seal}{end}"
    return replace(request, headers=(*request.headers, ("authorization", value)))


def with_headers(*headers: tuple[str, str], without: str = "") -> SignableRequest:
    kept = tuple(item for item in HEADERS.items() if item[0] != without)
    return replace(BASE, headers=(*kept, *headers))


def verify(request: SignableRequest, now: float = NOW) -> Accepted | Refused:
    claim = read_claim(request, region=REGION, now=now)
    return claim if isinstance(claim, Refused) else check(request, claim, secret=SECRET)


def refusal(request: SignableRequest, now: float = NOW) -> tuple[Reason, str]:
    found = verify(request, now)
    assert isinstance(found, Refused)
    if found.reason is not Reason.MALFORMED_AUTHORIZATION or found.caller is not None:
        assert (found.caller, found.key_version) == ("orbit", "v1")
    return found.reason, found.detail


def test_the_request_itself_is_accepted() -> None:
    """So that the others are refused for what is different in them."""
    request = signed()
    found = verify(request)
    assert isinstance(found, Accepted)
    assert (found.caller, found.key_version, found.signed_at) == ("orbit", "v1", NOW)
    assert request.header("authorization")[0].endswith(found.signature)


def test_what_must_be_signed() -> None:
    """A call is bound to where it goes, what it is and when: none of these may be left to chance."""
    assert {
        *("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-correlation-id")
    } == REQUIRED_HEADERS


@pytest.mark.parametrize("name", HEADERS)
def test_each_header_with_a_meaning_is_covered(name: str) -> None:
    """A signature that leaves one out, and is right for the rest, is refused: `host` no less than others."""
    names = tuple(one for one in HEADERS if one != name)
    assert refusal(signed(names=names)) == (Reason.HEADER_NOT_SIGNED, name)


@pytest.mark.parametrize("name", ["x-amz-a", "x-myelin-a", "idempotency-key-2"])
def test_a_header_that_is_added_is_not_covered(name: str) -> None:
    """By how its name begins; one without a meaning may stand beside the signed ones."""
    assert refusal(signed(with_headers((name, "1")))) == (Reason.HEADER_NOT_SIGNED, name)
    assert isinstance(verify(signed(with_headers(("x-other", "1"), ("my-x-amz-a", "1")))), Accepted)


@pytest.mark.parametrize("end", [" ", "x", "0", ",", ", Signature=" + "0" * 64, "\n", ";host"])
def test_nothing_stands_after_the_signature(end: str) -> None:
    """Whatever follows it, credentials have one form."""
    assert refusal(signed(end=end)) == (Reason.MALFORMED_AUTHORIZATION, "")


@pytest.mark.parametrize(
    "names",
    [("content-type", *HEADERS), (*HEADERS, "x-myelin-nonce"), tuple(reversed(HEADERS))],
)
def test_names_are_sorted_and_stand_once(names: tuple[str, ...]) -> None:
    """A name that is repeated, or stands elsewhere, would give one request several signatures."""
    found = refusal(signed(names=names))
    assert found == (
        Reason.MALFORMED_AUTHORIZATION,
        "signed headers are not sorted or not unique",
    )


@pytest.mark.parametrize("again", [STAMP, "20260105T120001Z", ""])
def test_a_request_has_one_date(again: str) -> None:
    """Repeated, equal or not, it is no date; nor is a scope of another day a date."""
    assert refusal(signed(with_headers(("x-amz-date", again)))) == (Reason.MALFORMED_DATE, "")
    assert refusal(signed(with_headers(without="x-amz-date"))) == (Reason.MALFORMED_DATE, "")
    assert refusal(signed(date="20260104")) == (Reason.MALFORMED_DATE, "")


@pytest.mark.parametrize("stamp", [f"{STAMP} ", f"{STAMP}\n", f" {STAMP}", STAMP.lower(), "20260105T120060Z"])
def test_a_date_has_one_form(stamp: str) -> None:
    """Nothing before or after it, no second that there is not."""
    request = with_headers(("x-amz-date", stamp), without="x-amz-date")
    assert refusal(signed(request)) == (Reason.MALFORMED_DATE, "")


def test_a_payload_has_one_hash() -> None:
    """Repeated, it is none; in capitals or with more, neither."""
    body = HEADERS["x-amz-content-sha256"]
    assert refusal(signed(with_headers(("x-amz-content-sha256", body)))) == (Reason.UNSIGNED_PAYLOAD, "")
    for other in (body.upper(), f"{body}0", body[:-1]):
        request = with_headers(("x-amz-content-sha256", other), without="x-amz-content-sha256")
        assert refusal(signed(request)) == (Reason.UNSIGNED_PAYLOAD, "")


@pytest.mark.parametrize("value", ["two  spaces", " before", "after ", "tab\tbetween", "\xe9"])
def test_a_signed_value_has_one_spelling(value: str) -> None:
    """White space that would be folded, and what is not ASCII, is refused though the signature is right."""
    request = with_headers(("x-myelin-nonce", value), without="x-myelin-nonce")
    assert refusal(signed(request)) == (Reason.MALFORMED_REQUEST, "x-myelin-nonce")
    assert isinstance(verify(signed(with_headers(("x-other", value)))), Accepted)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (MAX_SKEW_SECONDS + 1, (Reason.EXPIRED, "signed 31 s ago")),
        (-MAX_SKEW_SECONDS - 1, (Reason.NOT_YET_VALID, "signed 31 s ahead of this clock")),
    ],
)
def test_the_log_says_by_how_much(seconds: int, expected: tuple[Reason, str]) -> None:
    """30 seconds either way; beyond them the refusal has the difference."""
    assert MAX_SKEW_SECONDS == 30
    assert refusal(signed(), NOW + seconds) == expected
    claim = read_claim(signed(), region=REGION, now=NOW)
    assert isinstance(claim, Claim)
    late = check_body(claim, BODY, now=NOW + seconds)
    assert late is not None
    assert (late.reason, late.detail) == expected
    assert check_body(claim, BODY, now=NOW + seconds - (1 if seconds > 0 else -1)) is None


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is set to another time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_dates_are_in_utc_wherever_the_machine_is() -> None:
    """The time zone of the machine does not move the window."""
    assert isinstance(verify(signed()), Accepted)


def test_a_relative_path_stays_one() -> None:
    """A normal path begins with a slash only if the path did."""
    assert normal_path("a/./b//c/..") == "a/b"
    assert normal_path("/a/../..") == "/"


@pytest.mark.parametrize(
    ("url", "headers", "message"),
    [
        ("http://axon/", {"X-More": "a  b"}, "header `x-more`"),
        ("http://axon/\xe9", {}, "url"),
        ("http://axon/?flag", {}, "query"),
    ],
)
def test_the_signer_names_what_its_receiver_would_refuse(
    url: str, headers: dict[str, str], message: str
) -> None:
    """By its name, with what is wrong with it."""
    key = SigningKey(caller="orbit", version="v1", secret=SECRET)
    with pytest.raises(UnsignableRequestError) as caught:
        sign(method="GET", url=url, headers=headers, body=b"", key=key, region=REGION)
    why = {
        "header `x-more`": "has white space to be folded or is not ASCII",
        "url": "is not ASCII",
        "query": "has a name without an equals sign",
    }
    assert caught.value.message == f"request cannot be signed: {message} {why[message]}"
    assert caught.value.part == message


def test_a_nonce_has_128_bits() -> None:
    """In hexadecimal, and another one each time."""
    key = SigningKey(caller="orbit", version="v1", secret=SECRET)
    nonces = [
        sign(method="GET", url="http://axon/", headers={}, body=b"", key=key, region=REGION)["x-myelin-nonce"]
        for _ in range(2)
    ]
    assert [len(bytes.fromhex(nonce)) for nonce in nonces] == [16, 16]
    assert nonces[0] != nonces[1]
