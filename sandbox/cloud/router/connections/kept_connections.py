"""Connections to tasks that are kept for the next request, and never used after the task has closed them.

aiohttp learns that a connection was closed in a later turn of its loop. A request that is sent before that
is lost, and nobody can tell whether the task read it. So the socket itself is asked first: what is readable
on an idle connection is its end.
"""

from __future__ import annotations

import select
from typing import Any

import aiohttp

KEPT_SECONDS = 30.0
"""Less than a service keeps an idle connection."""


class KeptConnections(aiohttp.TCPConnector):
    """aiohttp's connector, which drops kept connections that have ended."""

    async def _get(self, key: Any, traces: Any) -> Any:
        """The next kept connection for a task, None if there is none (aiohttp's own method)."""
        kept = self._conns.get(key)
        while kept and _has_ended(kept[0][0].transport):
            protocol, _ = kept.popleft()
            protocol.close()
        return await super()._get(key, traces)


def _has_ended(transport: Any) -> bool:
    if transport is None or transport.is_closing():
        return True
    poller = select.poll()
    poller.register(transport.get_extra_info("socket"), select.POLLIN)
    return bool(poller.poll(0))
