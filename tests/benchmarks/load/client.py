"""A small HTTP/1.1 client for measuring: a connection for each of many clients, next to no time of its own.

A client that is told 503 with Retry-After comes back with the same request; the waiting is no latency.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(kw_only=True)
class Measured:
    """What became of a load: outcomes by name, seconds of each request that was done, in all, and returns."""

    outcomes: Counter[str] = field(default_factory=Counter)
    done: list[float] = field(default_factory=list)
    seconds: float = 0.0
    returned: int = 0

    @property
    def per_second(self) -> float:
        """Done requests a second."""
        return len(self.done) / self.seconds

    def at(self, share: float) -> float:
        """A percentile of the latency, in milliseconds."""
        return 1000 * sorted(self.done)[min(len(self.done) - 1, int(share * len(self.done)))]


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What each client does."""

    url: str
    fresh: bool
    timeout: float


def measure(url: str, *, clients: int, total: int, fresh: bool = False, timeout: float = 60.0) -> Measured:
    """Ask for `reason` so often by so many clients. `fresh`: a tenant of its own for each request."""

    async def run() -> Measured:
        found, asked = Measured(), iter(range(total))
        wanted = _Wanted(url=url, fresh=fresh, timeout=timeout)
        began = time.perf_counter()
        await asyncio.gather(*(_client(wanted, asked, found) for _ in range(clients)))
        found.seconds = time.perf_counter() - began
        return found

    return asyncio.run(run())


async def _client(wanted: _Wanted, asked: Iterator[int], found: Measured) -> None:
    parts = urlsplit(wanted.url)
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for _ in asked:
        request = _request(parts.netloc, parts.path, fresh=wanted.fresh)
        while True:
            started = time.perf_counter()
            pause = None
            try:
                async with asyncio.timeout(wanted.timeout):
                    if streams is None:
                        streams = await asyncio.open_connection(parts.hostname, parts.port)
                    head, body = await _exchange(*streams, request)
                outcome = _outcome(head, body)
                told = _RETRY_AFTER.search(head)
                pause = float(told[1]) if told and head[9:12] == b"503" else None
                if b"connection: close" in head.lower():
                    streams[1].close()
                    streams = None
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                outcome = type(error).__name__
                if streams is not None:
                    streams[1].close()
                streams = None
            if pause is None:
                break
            found.returned += 1
            await asyncio.sleep(pause)
        found.outcomes[outcome] += 1
        if outcome == "200":
            found.done.append(time.perf_counter() - started)
    if streams is not None:
        streams[1].close()


def _request(host: str, path: str, *, fresh: bool) -> bytes:
    asked = {"intent": "reason", **({"tenant": uuid.uuid4().hex} if fresh else {})}
    body = json.dumps(asked).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[bytes, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, await reader.readexactly(int(length[1])) if length else b""


def _outcome(head: bytes, body: bytes) -> str:
    status = head[9:12].decode()
    if status == "200":
        return status
    try:
        answer = json.loads(body)
    except ValueError:
        return status
    return " ".join(
        [status, str(answer.get("type", "")).rpartition(":")[2], str(answer.get("reason_code", ""))]
    )
