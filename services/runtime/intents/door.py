"""The clients' door: what a route does is done for its client, whoever that is."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from services.runtime import deadline
from services.runtime.intents.call import Origin, act_for

if TYPE_CHECKING:
    from services.runtime.clients.doorkeeper import Doorkeeper

Endpoint = Callable[[Request], Awaitable[Response]]


def at_the_door(endpoint: Endpoint, clients: Doorkeeper | None, *, limit_seconds: float) -> Endpoint:
    """The endpoint, which acts for its client: whom `clients` let in, or somebody without them."""

    async def serve(request: Request) -> Response:
        wanted = request.headers.get(deadline.HEADER)
        due = deadline.from_header(wanted, limit_seconds=limit_seconds, now=time.monotonic())
        acting = Origin(tenant=None, context={}, proven=False, deadline=due)
        if clients is not None:
            client, request = await clients.admit(request)
            acting = replace(
                acting, tenant=client.tenant, context=client.claims, proven=True, authenticated=True
            )
        act_for(acting)
        return await endpoint(request)

    return serve
