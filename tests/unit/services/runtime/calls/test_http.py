"""The HTTP client against a real server on a port of its own."""

from __future__ import annotations

import asyncio
import socket

import pytest

from services.runtime.calls.http import (
    MAX_ANSWER_BYTES,
    AioHttpClient,
    BrokenError,
    HttpAnswer,
    NotSentError,
    TooLargeAnswerError,
)
from tests.support.services.raw_server import RawServer, answering, http_answer


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def post(url: str, headers: dict[str, str] | None = None) -> HttpAnswer:
    client = AioHttpClient()
    try:
        return await client.post(url, headers or {}, b"{}")
    finally:
        await client.close()


def answered(raw: bytes, headers: dict[str, str] | None = None) -> tuple[HttpAnswer, RawServer]:
    async def run() -> tuple[HttpAnswer, RawServer]:
        async with answering(raw) as server:
            return await post(f"{server.url}/credit", headers), server

    return asyncio.run(run())


def unused_url() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


def test_status_body_and_retry_after_are_read() -> None:
    """An answer is its status, its whole body, and Retry-After."""
    found, _ = answered(http_answer("503 Busy", b"later", retry_after="7"))
    assert found == HttpAnswer(status=503, body=b"later", retry_after="7")


def test_only_the_given_headers_are_sent() -> None:
    """What the client adds to the signed headers is the length of the body and the host, nothing else."""
    _, server = answered(http_answer("200 OK"), {"x-one": "1"})
    first, *lines = server.heads[0].strip().split("\r\n")
    assert first == "POST /credit HTTP/1.1"
    assert {line.partition(":")[0].lower() for line in lines} == {"host", "x-one", "content-length"}


def test_an_answer_of_the_largest_size_is_read() -> None:
    """The bound itself is within the bound."""
    found, _ = answered(http_answer("200 OK", b"x" * MAX_ANSWER_BYTES))
    assert len(found.body) == MAX_ANSWER_BYTES


def test_a_larger_answer_is_refused() -> None:
    """One byte more than the bound raises TooLargeAnswerError."""
    with pytest.raises(TooLargeAnswerError):
        answered(http_answer("200 OK", b"x" * (MAX_ANSWER_BYTES + 1)))


def test_an_answer_without_a_length_is_bounded_too() -> None:
    """The bound counts the bytes that come, not the length that a server says."""
    with pytest.raises(TooLargeAnswerError):
        answered(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"x" * (2 * MAX_ANSWER_BYTES))


def test_a_redirect_is_not_followed() -> None:
    """A redirect is an answer like others: a signed request goes to no other place."""
    found, server = answered(http_answer("307 Temporary Redirect", location="/elsewhere"))
    assert found.status == 307
    assert len(server.heads) == 1


def test_a_compressed_answer_is_not_unpacked() -> None:
    """The bytes are as they came, so that a small answer cannot become a large one."""
    found, _ = answered(http_answer("200 OK", b"not gzip", content_encoding="gzip"))
    assert found.body == b"not gzip"


def test_a_refused_connection_has_sent_nothing() -> None:
    """Where no server listens, NotSentError says that the request did not reach it."""
    with pytest.raises(NotSentError):
        asyncio.run(post(unused_url()))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="closed without an answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", id="closed in the body"),
        pytest.param(b"not http at all\r\n\r\n", id="another protocol"),
    ],
)
def test_a_connection_that_breaks_may_have_done_it(raw: bytes) -> None:
    """After the request was sent, a connection without a whole answer raises BrokenError."""
    with pytest.raises(BrokenError):
        answered(raw)


def test_requests_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is asked for the whole URL, so that its host need not resolve here."""

    async def run() -> list[str]:
        async with answering(http_answer("200 OK")) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            await post("http://ledger.test:9000/credit")
            return proxy.heads

    assert asyncio.run(run())[0].startswith("POST http://ledger.test:9000/credit HTTP/1.1\r\n")


def test_a_client_may_pass_the_proxy_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the same machine is reached straight, whatever the environment says."""
    monkeypatch.setenv("HTTP_PROXY", unused_url())

    async def run() -> HttpAnswer:
        async with answering(http_answer("200 OK", b"[]")) as server:
            client = AioHttpClient(through_proxy=False)
            found = await client.get(f"{server.url}/health", {})
            await client.close()
            assert server.heads[0].startswith("GET /health HTTP/1.1")
            return found

    assert asyncio.run(run()) == HttpAnswer(status=200, body=b"[]")


def test_hosts_in_no_proxy_are_reached_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY has its usual meaning."""
    monkeypatch.setenv("http_proxy", unused_url())
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found, _ = answered(http_answer("200 OK"))
    assert found.status == 200


def test_a_proxy_that_refuses_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proxy does not listen, the request did not reach its target either."""
    monkeypatch.setenv("http_proxy", unused_url())
    with pytest.raises(NotSentError):
        asyncio.run(post("http://ledger.test:9000/credit"))
