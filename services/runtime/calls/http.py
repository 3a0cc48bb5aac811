"""HTTP requests to other services, with aiohttp's client: a fifth of the processor time that others take.

Connections are kept; redirects, cookies and compression are not for calls between services. The proxy of the
mesh comes from HTTP_PROXY, as for every HTTP client, and is looked up once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

MAX_ANSWER_BYTES = 1_048_576
"""More than this is not read of an answer."""

KEEP_ALIVE_SECONDS = 30.0
"""Less than a server keeps an idle connection, so that the client is the one that closes it."""


class NotSentError(Exception):
    """No connection: the request has not reached its target, and may be sent again whatever it is."""


class BrokenError(Exception):
    """The connection broke before there was an answer: the request may have been carried out."""


class TooLargeAnswerError(Exception):
    """The answer is larger than the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer, read to its end."""

    status: int
    body: bytes
    retry_after: str | None = None
    headers: Sequence[tuple[bytes, bytes]] = field(default=(), compare=False)
    """As they came in."""


class HttpClient(Protocol):
    """Sends requests."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The answer. Raises NotSentError, BrokenError, TooLargeAnswerError."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class AioHttpClient:
    """The client of one process. It belongs to one event loop; the first request opens it."""

    def __init__(
        self,
        *,
        connections: int = 512,
        through_proxy: bool = True,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        """`connections` is how many there may be in all; without `through_proxy` no proxy is looked for."""
        self._keep_alive_seconds = keep_alive_seconds
        self._connections = connections
        self._through_proxy = through_proxy
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str | None] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The answer. How long it may take is the caller's affair."""
        return await self.request("POST", url, headers, body)

    async def get(self, url: str, headers: Mapping[str, str]) -> HttpAnswer:
        """The same with GET, and no body."""
        return await self.request("GET", url, headers, None)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer:
        """The same with any method; the URL is taken as it is written."""
        session = self._session or self._open()
        try:
            async with session.request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                proxy=self._proxy(url),
                allow_redirects=False,
            ) as response:
                found = await response.content.read(MAX_ANSWER_BYTES + 1)
                while not response.content.at_eof() and len(found) <= MAX_ANSWER_BYTES:
                    found += await response.content.read(MAX_ANSWER_BYTES + 1 - len(found))
                if len(found) > MAX_ANSWER_BYTES:
                    raise TooLargeAnswerError
                return HttpAnswer(
                    status=response.status,
                    body=found,
                    retry_after=response.headers.get("retry-after"),
                    headers=response.raw_headers,
                )
        except aiohttp.ClientConnectorError as error:
            raise NotSentError(type(error).__name__) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise BrokenError(type(error).__name__) from error

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=self._keep_alive_seconds
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=2.0),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
            trace_configs=None,
        )
        return self._session

    def _proxy(self, url: str) -> str | None:
        """The proxy for a URL's host; None goes there straight."""
        if not self._through_proxy:
            return None
        parts = urlsplit(url)
        host = parts.netloc
        if host not in self._proxies:
            bypassed = bool(proxy_bypass(host))
            self._proxies[host] = None if bypassed else getproxies().get(parts.scheme)
        return self._proxies[host]
