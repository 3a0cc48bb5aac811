"""Plays faults of a service on the way to its tasks. Its tasks run on, and their health is not touched."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.cloud.faults.board import FaultBoard


async def played(board: FaultBoard, service_key: str, request: web.BaseRequest) -> web.Response | None:
    """What a request to a service (`cluster/name`) gets from the fault that is on; None: it goes on.

    Returns after the fault's latency. Throttled is 429, failing 500, down 502: a task that cannot be reached.
    """
    effect = board.strike(f"service:{service_key}")
    if effect is None:
        return None
    if effect.latency:
        await asyncio.sleep(effect.latency)
    if effect.down:
        return _answer(request, 502, "the task cannot be reached")
    if effect.throttled:
        return _answer(request, 429, "too many requests", {"Retry-After": "1"})
    if effect.failing:
        return _answer(request, 500, "the task failed")
    return None


def _answer(
    request: web.BaseRequest, status: int, text: str, headers: dict[str, str] | None = None
) -> web.Response:
    body = None if request.method == "HEAD" else f"{text}: a fault is on\n"
    return web.Response(status=status, text=body, headers=headers)
