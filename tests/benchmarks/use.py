"""What a person waits for: help, `up` from nothing, a first dispatch, a second `up`; and the memory taken."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from sandbox.cloud import host as hosts
from tests.support.paths import ROOT

MYELIN = Path(sys.executable).with_name("myelin")
DISPATCHES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One sandbox from nothing to its end; memory counts every process of it."""

    up_seconds: float
    first_dispatch_seconds: float
    """From the start of `up` to the answer of the first governed dispatch."""
    second_up_seconds: float
    dispatch_p50_ms: float
    dispatch_p99_ms: float
    resident_megabytes: float
    processes: float


def measure_help(*, rounds: int) -> list[float]:
    """Time `myelin --help` as a whole process, in seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run([MYELIN, "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return times


def measure_use(folder: Path) -> Use:
    """Bring a sandbox up, use it, and end it."""
    environment = {**os.environ, "MYELIN_SANDBOX_DIR": str(folder)}
    started = time.perf_counter()
    deployed = _myelin(environment, "up", "sandbox")
    up = time.perf_counter() - started
    try:
        _myelin(environment, "dispatch", "reason")
        first = time.perf_counter() - started
        started = time.perf_counter()
        again = _myelin(environment, "up", "sandbox")
        second = time.perf_counter() - started
        assert not again["changed"], again
        latencies = _dispatch(str(deployed["standing"]["address"]))
        megabytes, processes = _memory(folder)
    finally:
        _myelin(environment, "down", "--yes")
    return Use(
        up_seconds=up,
        first_dispatch_seconds=first,
        second_up_seconds=second,
        dispatch_p50_ms=statistics.median(latencies),
        dispatch_p99_ms=sorted(latencies)[int(len(latencies) * 0.99) - 1],
        resident_megabytes=megabytes,
        processes=processes,
    )


def _myelin(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    ran = subprocess.run(
        [MYELIN, *arguments, "--json"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    document = json.loads(ran.stdout)
    assert isinstance(document, dict)
    return document


def _dispatch(address: str) -> list[float]:
    latencies = []
    for _ in range(DISPATCHES):
        # a tenant of its own, so that governance is asked each time
        body = json.dumps({"intent": "reason", "tenant": uuid.uuid4().hex}).encode()
        request = urllib.request.Request(
            f"{address}/dispatch", data=body, headers={"content-type": "application/json"}
        )
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        latencies.append((time.perf_counter() - started) * 1000)
    return latencies


def _memory(folder: Path) -> tuple[float, int]:
    """The resident memory of all processes of a sandbox; shared pages count in each."""
    found: list[psutil.Process] = hosts.find_marked(folder)
    return sum(process.memory_info().rss for process in found) / 1024**2, len(found)
