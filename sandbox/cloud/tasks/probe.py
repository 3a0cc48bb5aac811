"""Probes tasks with an HTTP GET or a TCP connection."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.ecs.endpoint import TaskEndpoint

_AGENT = {"User-Agent": "ELB-HealthChecker/2.0"}


class Prober:
    """Probes tasks. To be made and used in one event loop."""

    def __init__(self) -> None:
        """Each probe opens a connection of its own: an old one says nothing about the task's health now."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0), headers=_AGENT, trust_env=False
        )

    async def probe(self, endpoint: TaskEndpoint, check: HealthCheck) -> str | None:
        """Probe a task once; returns what is wrong, in words, or None if it is healthy."""
        try:
            async with asyncio.timeout(check.timeout):
                if check.path is None:
                    _, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
                    writer.close()
                    return None
                url = URL(f"http://{endpoint.address}{check.path}", encoded=True)
                async with self._session.get(url, allow_redirects=False) as answer:
                    if check.accepts(answer.status):
                        return None
                    return f"{check.path} answered {answer.status}"
        except TimeoutError:
            return f"{check.path or 'connect'} timed out after {check.timeout:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"{check.path or 'connect'} failed: {type(error).__name__}"

    async def close(self) -> None:
        """Close the sockets."""
        await self._session.close()
