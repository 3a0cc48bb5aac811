"""A sandbox for one block of code."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sandbox.cloud.host import HostOptions, find, leftovers
from sandbox.cloud.host.temporary import PREFIX, temporary
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox

BORROW = """
import sys
from pathlib import Path
from sandbox.cloud.host import HostOptions, temporary

with temporary(HostOptions(images=Path(sys.argv[1]), project_root=Path(sys.argv[2]))) as host:
    print(host.directory, host.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.toml"
    path.write_text('[[image]]\nrepository = "x"\ntag = "*"\ncommand = ["{python}"]\n')
    return path


def test_nothing_is_left_after_the_block(images: Path, tmp_path: Path) -> None:
    """With the block its process and its folder go."""
    with temporary(HostOptions(images=images, project_root=tmp_path)) as host:
        assert find(host.directory) == host
        assert host.directory.is_relative_to(Path(tempfile.gettempdir()).resolve())
        assert host.directory.name.startswith(PREFIX)
    assert leftovers.find_marked(host.directory) == []
    assert not host.directory.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_nothing_is_left_when_its_process_is_killed(
    images: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """However the process ends that it was for, the sandbox ends by itself and removes its folder."""
    borrower = subprocess.Popen(
        [sys.executable, "-c", BORROW, images, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert borrower.stdout is not None
    folder, pid = borrower.stdout.readline().split()
    directory = Path(folder)
    assert [process.pid for process in leftovers.find_marked(directory)] == [int(pid)]

    borrower.send_signal(number)
    borrower.communicate()
    wait_until(lambda: not directory.exists() and not leftovers.find_marked(directory))
