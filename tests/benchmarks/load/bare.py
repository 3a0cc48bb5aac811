"""The bare two hops that ours are compared with: Starlette, uvicorn, httpx; no governance, no signing.

`python -m tests.benchmarks.load.bare back PORT` answers, `... front URL PORT` calls it for each request.
"""

from __future__ import annotations

import sys

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

JSON = "application/json"
ANSWER = b'{"heartbeat":{"service":"axon","sequence":1,"status":"alive"},"result":{}}'


def back() -> Starlette:
    """Answers `/reason`."""

    async def reason(request: Request) -> Response:
        await request.body()
        return Response(ANSWER, media_type=JSON)

    return Starlette(routes=[Route("/reason", reason, methods=["POST"])])


def front(url: str) -> Starlette:
    """Answers `/dispatch` with what the one behind `url` answers."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    client = httpx.AsyncClient(limits=limits, timeout=30)

    async def dispatch(request: Request) -> Response:
        body = await request.body()
        answer = await client.post(f"{url}/reason", content=body, headers={"content-type": JSON})
        return Response(answer.content, status_code=answer.status_code, media_type=JSON)

    return Starlette(routes=[Route("/dispatch", dispatch, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(
        back() if sys.argv[1] == "back" else front(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[-1]),
        loop="asyncio",
        http="httptools",
        access_log=False,
        log_level="warning",
        backlog=2048,
    )
