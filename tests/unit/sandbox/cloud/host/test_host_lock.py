"""File locks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.cloud.host import lock
from sandbox.cloud.host.errors import HostBusyError


def test_second_holder_waits_for_the_first(tmp_path: Path) -> None:
    """Who comes second gets the lock when the first lets go."""
    path = tmp_path / "lock"
    entered, release = threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        with lock.hold(path, timeout=5):
            entered.set()
            release.wait(5)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(5)
    threading.Timer(0.05, release.set).start()
    with lock.hold(path, timeout=5):
        order.append("second")
    thread.join(5)
    assert order == ["first", "second"]


def test_waiting_is_bounded(tmp_path: Path) -> None:
    """A lock that is never let go is an error that names the directory."""
    path = tmp_path / "lock"
    with lock.hold(path, timeout=1), pytest.raises(HostBusyError) as caught, lock.hold(path, timeout=0.1):
        pass
    assert caught.value.directory == tmp_path


def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A holder that is killed holds nothing any more."""
    path = tmp_path / "lock"
    source = (
        "import sys, time, pathlib\nfrom sandbox.cloud.host import lock\n"
        "with lock.hold(pathlib.Path(sys.argv[1]), timeout=5):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    with lock.hold(path, timeout=1):
        pass
