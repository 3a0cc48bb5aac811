"""Connections to tasks are kept, and none that has ended is used."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp

from sandbox.cloud.router.connections.kept_connections import KeptConnections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Task:
    """Answers requests, and counts and keeps its connections."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)


def test_a_connection_is_used_again_until_the_task_closes_it() -> None:
    """Three requests on one connection; one that the task closed a moment ago is not tried, though nobody
    was told yet.
    """

    async def run() -> list[int]:
        task = Task()
        server = await asyncio.start_server(task.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        opened = []
        async with aiohttp.ClientSession(connector=KeptConnections(limit=0)) as session:
            for number in range(6):
                if number == 3:
                    # closed underneath the loop, which hears of it only in its next turn
                    task.writers[0].get_extra_info("socket").shutdown(2)
                async with session.post(url) as answer:
                    assert await answer.read() == b"ok"
                opened.append(len(task.writers))
        server.close()
        for writer in task.writers:
            writer.close()
        return opened

    assert asyncio.run(run()) == [1, 1, 1, 2, 2, 2]
