"""What is measured: a deployed sandbox, and the bare two hops beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.load.client import measure
from tests.support.paths import ROOT

MYELIN = Path(sys.executable).with_name("myelin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A running sandbox: where its load balancer listens, and its background process."""

    url: str
    host: psutil.Process

    def host_megabytes(self) -> float:
        """The resident memory of the background process."""
        return float(self.host.memory_info().rss) / 1024**2


@contextmanager
def deployed(folder: Path, *, descriptors: int | None = None) -> Iterator[Line]:
    """A sandbox in `folder`, under a limit of file descriptors if one is given."""
    environment = {**os.environ, "MYELIN_SANDBOX_DIR": str(folder)}
    limit = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh"] if descriptors else []
    standing = _myelin(environment, "up", "sandbox", "--yes", before=limit)["standing"]
    try:
        pid = json.loads((folder / "host.json").read_text(encoding="utf-8"))["pid"]
        yield Line(url=f"{standing['address']}/dispatch", host=psutil.Process(int(pid)))
    finally:
        _myelin(environment, "down", "--yes")


@contextmanager
def bare() -> Iterator[str]:
    """The URL of the bare two hops."""
    behind, before = _free_port(), _free_port()
    program = [sys.executable, "-m", "tests.benchmarks.load.bare"]
    started = [
        subprocess.Popen([*program, "back", str(behind)], cwd=ROOT),
        subprocess.Popen([*program, "front", f"http://127.0.0.1:{behind}", str(before)], cwd=ROOT),
    ]
    url = f"http://127.0.0.1:{before}/dispatch"
    try:
        while measure(url, clients=1, total=1).outcomes != {"200": 1}:
            assert all(each.poll() is None for each in started), "the bare two hops have ended"
        yield url
    finally:
        for each in started:
            each.kill()
            each.wait()


@contextmanager
def busy_processors() -> Iterator[None]:
    """Every processor is kept busy by something else."""
    count = os.cpu_count() or 1
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in started:
            each.kill()
            each.wait()


def _myelin(
    environment: Mapping[str, str], *arguments: str, before: list[str] | None = None
) -> dict[str, Any]:
    ran = subprocess.run(
        [*(before or []), str(MYELIN), *arguments, "--json"],
        cwd=ROOT,
        env=dict(environment),
        check=True,
        capture_output=True,
        text=True,
    )
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
