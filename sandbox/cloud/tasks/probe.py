"""Looks whether a task answers: an HTTP GET or a TCP connection."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from sandbox.cloud.ecs.definition import HealthCheck
from sandbox.cloud.ecs.endpoint import TaskEndpoint

_AGENT = {"User-Agent": "ELB-HealthChecker/2.0"}


class Prober:
    """Probes tasks; belongs to the event loop it is made in."""

    def __init__(self) -> None:
        """A fresh connection for each probe, so that a probe never rests on an old one."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0), headers=_AGENT, trust_env=False
        )

    async def probe(self, endpoint: TaskEndpoint, check: HealthCheck) -> str | None:
        """What is wrong, in words; None when the task is healthy."""
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
        """Let go of the sockets."""
        await self._session.close()
