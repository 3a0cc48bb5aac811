"""The big proof: many requests by many clients, what becomes of them, and what it costs the sandbox."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.load.client import measure
from tests.benchmarks.load.line import Line, busy_processors

CLIENTS = 100
SETTLED = 1500
"""Requests after which what the sandbox keeps is full."""


def prove(line: Line, total: int) -> dict[str, Any]:
    """`total` requests by 100 clients, then a tenth as many while something else keeps processors busy."""
    measure(line.url, clients=CLIENTS, total=min(SETTLED, total))
    before = line.host_megabytes()
    found = measure(line.url, clients=CLIENTS, total=total)
    after = line.host_megabytes()
    with busy_processors():
        pressed = measure(line.url, clients=CLIENTS, total=max(CLIENTS, total // 10))
    return {
        "requests": f"{total} by {CLIENTS} clients in {found.seconds:.0f} s, {found.per_second:.0f} a second",
        "outcomes": dict(found.outcomes),
        "told_to_come_back": found.returned,
        "latency": f"{found.at(0.5):.0f} ms median, {found.at(0.99):.0f} at p99, {found.at(1):.0f} at most",
        "host_grew_megabytes": round(after - before, 1),
        "busy_outcomes": dict(pressed.outcomes),
        "busy_told_to_come_back": pressed.returned,
        "busy_per_second": round(pressed.per_second, 1),
    }


def prove_descriptors(line: Line) -> dict[str, Any]:
    """300 clients ask while 1,000 idle connections are held, under the limit of the line."""
    address = urlsplit(line.url)
    with ExitStack() as held:
        refused = 0
        for _ in range(1000):
            try:
                made = socket.create_connection((address.hostname or "", address.port or 0), timeout=5)
            except OSError:
                refused += 1
            else:
                held.callback(made.close)
        found = measure(line.url, clients=300, total=1500)
    time.sleep(1)
    alive = measure(line.url, clients=1, total=20)
    return {
        "idle_connections_refused": refused,
        "crowded_outcomes": dict(found.outcomes),
        "crowded_told_to_come_back": found.returned,
        "afterwards": dict(alive.outcomes),
    }
