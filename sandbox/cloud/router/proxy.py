"""Forwards an HTTP request to a task and sends the response back.

aiohttp's parser and writer are in C, which keeps a hop well under a millisecond. If the connection to a task
fails, another task is tried, once; after a byte was sent nothing is repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.connections.kept_connections import KEPT_SECONDS, KeptConnections
from sandbox.cloud.router.faults import played
from sandbox.cloud.router.headers import without_hop_by_hop

SMALL = 64 * 1024
"""Bytes of a body that is read whole and sent with its headers in one write."""

_AUTOMATIC = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
_CONNECT_TIMEOUT = 2.0
_ATTEMPTS = 2
_NO_BODY_STATUS = (204, 304)
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


class Proxy:
    """Forwards requests to tasks. To be made and used in one event loop."""

    def __init__(self, balancer: Balancer, faults: FaultBoard | None = None) -> None:
        """Connections to tasks are kept, as a load balancer keeps them; `faults` are those of services."""
        self._balancer = balancer
        self._faults = faults or FaultBoard()
        self._session = aiohttp.ClientSession(
            connector=KeptConnections(limit=0, keepalive_timeout=KEPT_SECONDS),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        """Close the sockets."""
        await self._session.close()

    async def forward(
        self,
        request: web.BaseRequest,
        *,
        target: str,
        headers: CIMultiDict[str],
        service: str,
        endpoints: Callable[[], Sequence[TaskEndpoint]],
        patience: float | None,
    ) -> web.StreamResponse:
        """Send the request to an endpoint of `service` (`cluster/name`) and stream the response back.

        `target` is path and query, sent as they are. The response is 503 without an endpoint, 502 when the
        task cannot be reached or breaks off, 504 when its response does not begin within `patience` seconds.
        """
        tried: list[TaskEndpoint] = []
        body = await _body(request)
        try:
            async with asyncio.timeout(patience):
                fault = await played(self._faults, service, request)
        except TimeoutError:
            return text_response(request, 504, f"the task did not answer within {patience:g} s")
        if fault is not None:
            return fault
        failure = ""
        for _ in range(_ATTEMPTS):
            endpoint = self._balancer.choose(endpoints(), tried)
            if endpoint is None:
                break
            tried.append(endpoint)
            try:
                with self._balancer.count_request(endpoint):
                    return await self._exchange(request, endpoint, target, headers, body, patience)
            except aiohttp.ClientConnectorError as error:
                if error.os_error.errno in _NO_DESCRIPTOR:
                    busy = text_response(request, 503, "the load balancer has no descriptor left")
                    busy.headers["Retry-After"] = "1"
                    return busy
                failure = f"the task at {endpoint.address} cannot be reached: {error.strerror or error}"
            except TimeoutError:
                return text_response(request, 504, f"the task did not answer within {patience:g} s")
            except (aiohttp.ClientError, OSError) as error:
                return text_response(
                    request, 502, f"the task at {endpoint.address} {_describe_failure(error)}"
                )
        if not tried:
            return text_response(request, 503, "no healthy task")
        return text_response(request, 502, failure)

    async def _exchange(
        self,
        request: web.BaseRequest,
        endpoint: TaskEndpoint,
        target: str,
        headers: CIMultiDict[str],
        body: bytes | aiohttp.StreamReader | None,
        patience: float | None,
    ) -> web.StreamResponse:
        sending = self._session.request(
            request.method,
            URL(f"http://{endpoint.address}{target}", encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            skip_auto_headers=_AUTOMATIC,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT),
        )
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(patience):
                received = await stack.enter_async_context(sending)
            return await _answer_with(request, received)


def _describe_failure(error: aiohttp.ClientError | OSError) -> str:
    """Say what a task did instead of responding, as an Application Load Balancer tells 502s apart.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    match error:
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            return "sent something that is no whole HTTP answer"
        case aiohttp.ServerDisconnectedError():
            return "closed the connection without an answer"
        case _:
            return "reset the connection before it had read the request"


async def _body(request: web.BaseRequest) -> bytes | aiohttp.StreamReader | None:
    """The request's body: None without one, bytes if it is small, otherwise the stream."""
    if not request.body_exists:
        return None
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if request.content_length is not None and request.content_length <= SMALL:
        return await request.read()
    return request.content


async def _answer_with(request: web.BaseRequest, received: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = without_hop_by_hop(received.headers)
    length = received.content_length
    empty = request.method == "HEAD" or received.status in _NO_BODY_STATUS
    if not empty and length is not None and length <= SMALL:
        whole = await received.read()
        return web.Response(status=received.status, reason=received.reason, headers=headers, body=whole)
    response = web.StreamResponse(status=received.status, reason=received.reason, headers=headers)
    if length is None and not empty and request.version >= aiohttp.HttpVersion11:
        response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        if not empty:
            async for chunk in received.content.iter_any():
                await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, OSError):
        # the response has begun: only a broken connection can tell the client that it is not whole
        if request.transport is not None:
            request.transport.abort()
    return response


def text_response(request: web.BaseRequest, status: int, text: str) -> web.Response:
    """Build a response of the proxy itself, with a line of text."""
    body = None if request.method == "HEAD" else f"{text}\n"
    return web.Response(status=status, text=body)
