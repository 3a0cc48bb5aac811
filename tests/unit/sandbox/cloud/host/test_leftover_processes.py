"""Cleaning of marked processes, with real ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.cloud.host import leftovers

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that says when it is up; the ones left at the end are killed, by their handles."""
    started: list[subprocess.Popen[bytes]] = []

    def run(source: str, mark: Path | None, *, own_session: bool = True) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key != leftovers.MARKER}
        if mark is not None:
            environment[leftovers.MARKER] = leftovers.marker(mark)
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", source],
            env=environment,
            stdout=subprocess.PIPE,
            start_new_session=own_session,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


SLEEP = "import time\nprint('up', flush=True)\ntime.sleep(60)\n"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEP


def test_marked_processes_are_ended_and_others_left_alone(start: Start, tmp_path: Path) -> None:
    """Only this sandbox's processes go: not those of another directory, not unmarked ones."""
    mine = [start(SLEEP, tmp_path), start(SLEEP, tmp_path, own_session=False)]
    others = [start(SLEEP, tmp_path / "other"), start(SLEEP, None)]
    cleaned = leftovers.end_leftovers(tmp_path)
    assert set(cleaned) == {process.pid for process in mine}
    assert all(process.wait(5) is not None for process in mine)
    assert [process.poll() for process in others] == [None, None]
    assert leftovers.find_marked(tmp_path) == []


def test_process_that_ignores_the_gentle_signal_is_killed(start: Start, tmp_path: Path) -> None:
    """After the grace comes force."""
    process = start(STUBBORN, tmp_path)
    assert leftovers.end_leftovers(tmp_path, grace=0.2) == (process.pid,)
    assert process.wait(5) == -9


def test_member_of_a_group_that_dropped_the_mark_goes_with_its_leader(start: Start, tmp_path: Path) -> None:
    """A child started with an empty environment is ended with the group of its marked parent."""
    pid_file = tmp_path / "child"
    source = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'], env={'PATH': '/usr/bin:/bin'})\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n" + SLEEP
    )
    start(source, tmp_path)
    child = psutil.Process(int(pid_file.read_text()))
    assert leftovers.MARKER not in child.environ()
    leftovers.end_leftovers(tmp_path)
    deadline = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_nothing_to_clean(tmp_path: Path) -> None:
    """A directory without processes is cleaned at once."""
    assert leftovers.end_leftovers(tmp_path) == ()


def test_own_process_is_never_among_them(tmp_path: Path, start: Start) -> None:
    """A marked process that cleans does not end itself, nor the ones that it descends from."""
    source = (
        "import sys\nsys.path[:0] = " + repr(sys.path) + "\n"
        "from pathlib import Path\nfrom sandbox.cloud.host import leftovers\n"
        "print('up', flush=True)\n"
        f"print(leftovers.end_leftovers(Path({str(tmp_path)!r})), flush=True)\n"
    )
    process = start(source, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == b"()\n"
    assert process.wait(10) == 0
