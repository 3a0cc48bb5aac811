"""Many clients at once: every request has its answer, and the sandbox does not grow with them.

`make test-long` asks 20,000 times by 100 clients; `make bench` compares with the bare two hops.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import subprocess
from collections import Counter
from collections.abc import Container
from contextlib import ExitStack
from urllib.parse import urlsplit

import psutil
import pytest

from cli.loading.answers import Answered
from cli.loading.clients import Load, run
from tests.support.effort import FACTOR
from tests.support.end_to_end.project import MYELIN, ProjectCopy, until

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.xdist_group("load"),
    pytest.mark.costly("a sandbox of its own, under load"),
]

REQUESTS, CLIENTS = (20_000, 100) if FACTOR > 1 else (300, 12)
"""The long run has the machine for itself; in the quick one other tests may have most of it."""
STEADY = 30_000 if FACTOR > 1 else 200
SPARE = 6
"""Descriptors of connections between processes that come and go."""
GROWTH_MEGABYTES = 30
LIMIT = 256


def ask(project: ProjectCopy, requests: int, clients: int) -> list[Answered]:
    """What becomes of so many requests by so many clients that obey Retry-After."""
    answers: list[Answered] = []
    load = Load(
        url=f"{project.address}/dispatch",
        body={"intent": "reason"},
        requests=requests,
        concurrency=clients,
        timeout=60,
    )
    asyncio.run(run(load, answers.append))
    return answers


def test_many_clients_lose_nothing(mended: ProjectCopy) -> None:
    """ORB-1: every request is done; none is denied that governance did not deny, none is left out."""
    host = psutil.Process(mended.host.pid)
    # what the sandbox keeps of logs and traces is full after some 1,500
    ask(mended, min(REQUESTS, 2000), CLIENTS)
    before = host.memory_info().rss
    outcomes = Counter(each.outcome for each in ask(mended, REQUESTS, CLIENTS))
    assert outcomes == {"200": REQUESTS}
    if FACTOR > 1:
        assert (host.memory_info().rss - before) / 1024**2 < GROWTH_MEGABYTES


def test_a_steady_load_leaves_nothing_behind(mended: ProjectCopy) -> None:
    """A few clients for long: each process keeps running, and has as many descriptors as before; none is left
    unreaped; with many requests, memory and the host's log are flat, too.
    """
    log = mended.sandbox / "host.log"
    ask(mended, max(100, STEADY // 10), 5)
    before = {process.pid: process for process in mended.processes()}
    descriptors = {pid: process.num_fds() for pid, process in before.items()}
    memory = {pid: process.memory_info().rss for pid, process in before.items()}
    written = log.stat().st_size
    assert Counter(each.outcome for each in ask(mended, STEADY, 5)) == {"200": STEADY}
    assert {process.pid for process in mended.processes()} == before.keys()
    assert [one.pid for one in psutil.process_iter(["ppid"]) if _is_unreaped(one, before)] == []
    until(
        lambda: all(process.num_fds() <= descriptors[pid] + SPARE for pid, process in before.items()),
        "no more descriptors than before",
        seconds=30,
    )
    if FACTOR > 1:
        grown = {pid: (one.memory_info().rss - memory[pid]) / 1024**2 for pid, one in before.items()}
        assert max(grown.values()) < GROWTH_MEGABYTES, grown
        assert log.stat().st_size - written < STEADY


def _is_unreaped(process: psutil.Process, parents: Container[int]) -> bool:
    try:
        return process.ppid() in parents and process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def test_what_is_kept_stays_within_its_bounds(mended: ProjectCopy) -> None:
    """Logs, traces and metrics: what is held is never more than the bound that `status` shows."""
    telemetry = mended.myelin("status").document["telemetry"]
    assert set(telemetry) == {"logs", "traces", "metrics"}
    assert all(kept["held"] <= kept["bound"] for kept in telemetry.values()), telemetry
    assert telemetry["logs"]["held"] > 0
    assert telemetry["traces"]["held"] > 0


@pytest.mark.skipif(FACTOR == 1, reason="a sandbox of its own: make test-long")
def test_few_descriptors_and_many_connections(project: ProjectCopy) -> None:
    """300 clients and 1,000 idle connections under a limit of 256 descriptors: served, or told 503 and served
    later; afterwards all is as before.
    """
    limited = ["sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "sh", str(MYELIN), "up", "--yes"]
    subprocess.run(limited, cwd=project.root, env=project.environment(), check=True, capture_output=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    address = urlsplit(project.address)
    with ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1000):
            held.callback(socket.create_connection((address.hostname or "", address.port or 0)).close)
        outcomes = Counter(each.outcome for each in ask(project, 1500, 300))
    assert outcomes == {"200": 1500}
    assert project.dispatch("reason")[0] == 200
