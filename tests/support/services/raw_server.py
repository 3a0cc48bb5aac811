"""A server on a port of its own that answers each request with the same bytes, whatever they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """`url` has no path; `heads` are the request line and headers of the requests so far."""

    url: str = ""
    heads: list[str] = field(default_factory=list)


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[RawServer]:
    """The server for the time of the block. It closes each connection after the answer."""
    found = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            found.heads.append(head)
            lengths = (
                int(line.partition(":")[2])
                for line in head.lower().splitlines()
                if line.startswith("content-length:")
            )
            length = next(lengths, 0)
            await reader.readexactly(length)
            writer.write(answer)
            await writer.drain()
        except ConnectionError:
            pass  # the client has read enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found


def http_answer(status: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of an answer with its length; underscores in names of headers become hyphens."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
