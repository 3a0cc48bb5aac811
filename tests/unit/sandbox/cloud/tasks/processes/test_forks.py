"""Programs that are forked from a server with their libraries loaded."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.ecs.definition import LogTarget, TaskDefinition
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.processes.forks import ForkedProcess, Forks
from sandbox.cloud.tasks.processes.process import TaskProcess
from tests.support.log_lines import LogLines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

DEFINITION = TaskDefinition(
    arn="arn:aws:ecs:us-east-1:123456789012:task-definition/axon:1",
    container="axon",
    image="axon:1",
    log=LogTarget(group="/g", stream_prefix="p"),
)
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
PROGRAM = """
import json, os, sys
print(json.dumps({
    "name": __name__, "arguments": sys.argv[1:], "directory": os.getcwd(), "environment": dict(os.environ),
    "name in ps": open("/proc/self/comm").read().strip(),
    "group": os.getpgid(0), "session": os.getsid(0), "id": os.getpid(),
}))
print("and this", file=sys.stderr)
sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    made = Forks(sys.executable, ENVIRONMENT)
    yield made
    made.close()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "shown.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "waiting.py").write_text("import time\nprint('here')\ntime.sleep(600)\n", encoding="utf-8")
    return tmp_path


def start(
    forks: Forks, directory: Path, *command: str, environment: Mapping[str, str]
) -> tuple[ForkedProcess | None, Path]:
    """Start `python -m COMMAND`; its output goes to a file."""
    output = directory / "output"
    with output.open("wb") as writing:
        started = asyncio.run(
            forks.start(
                [sys.executable, "-m", *command],
                environment=environment,
                directory=directory,
                outputs=(writing.fileno(), writing.fileno()),
            )
        )
    return started, output


def test_a_program_finds_what_it_would_find_alone(forks: Forks, program: Path) -> None:
    """Its name, arguments, directory, variables, outputs, and a session of its own; it can be waited for."""
    asked = {**ENVIRONMENT, "CODE": "3", "MORE": "ä", "MYELIN_SERVICE": "payments"}
    started, output = start(forks, program, "shown", "--x", "1", environment=asked)
    assert started is not None
    assert started.wait() == 3
    written, also = output.read_text(encoding="utf-8").splitlines()
    seen: dict[str, Any] = json.loads(written)
    assert also == "and this"
    assert seen == {
        "name": "__main__",
        "arguments": ["--x", "1"],
        "directory": str(program),
        "environment": asked,
        "name in ps": "payments",
        "group": started.pid,
        "session": started.pid,
        "id": started.pid,
    }


def test_how_a_signal_ended_it_is_known(forks: Forks, program: Path) -> None:
    """A program that is killed has the signal's number, negative, as its exit code."""
    started, _ = start(forks, program, "waiting", environment=ENVIRONMENT)
    assert started is not None
    os.kill(started.pid, signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL


def test_what_is_no_program_says_so(forks: Forks, program: Path) -> None:
    """A module that is not there ends with 1, and says it where the program would have written."""
    started, output = start(forks, program, "no_such_module", environment=ENVIRONMENT)
    assert started is not None
    assert started.wait() == 1
    assert "No module named no_such_module" in output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("argv", "environment", "fits"),
    [
        ([sys.executable, "-m", "a"], ENVIRONMENT, True),
        ([sys.executable, "-m", "a", "--port", "1"], ENVIRONMENT, True),
        ([sys.executable, "-P", "-m", "a"], ENVIRONMENT, False),
        ([sys.executable, "a.py"], ENVIRONMENT, False),
        ([sys.executable, "-m"], ENVIRONMENT, False),
        (["/usr/bin/node", "-m", "a"], ENVIRONMENT, False),
        ([sys.executable, "-m", "a"], {}, False),
        ([sys.executable, "-m", "a"], {**ENVIRONMENT, "PYTHONPATH": "x"}, False),
    ],
)
def test_what_fits(forks: Forks, argv: list[str], environment: dict[str, str], fits: bool) -> None:
    """A module of the same interpreter, with the variables that the interpreter was started with."""
    assert forks.fits(argv, environment) is fits


def test_too_large_a_program_is_none(forks: Forks, program: Path) -> None:
    """What no message can hold is left to be started in the ordinary way, and the server goes on."""
    huge = {**ENVIRONMENT, "HUGE": "x" * 200_000}
    assert start(forks, program, "shown", environment=huge)[0] is None
    started, _ = start(forks, program, "shown", environment=ENVIRONMENT)
    assert started is not None
    assert started.wait() == 0


def test_without_its_server_nothing_fits(program: Path) -> None:
    """A server that was killed is not asked twice."""
    forks = Forks(sys.executable, ENVIRONMENT)
    assert forks._server is not None
    forks._server.kill()
    forks._server.wait()
    assert start(forks, program, "shown", environment=ENVIRONMENT)[0] is None
    assert not forks.fits([sys.executable, "-m", "shown"], ENVIRONMENT)
    forks.close()


def test_nothing_of_a_task_stays_as_a_zombie(forks: Forks, program: Path) -> None:
    """What a program leaves behind becomes a child of this process, which kills and reaps it."""
    (program / "leaving.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid)\n",
        encoding="utf-8",
    )
    lines = LogLines()

    async def run() -> int:
        process = await TaskProcess.launch(
            [sys.executable, "-m", "leaving"],
            environment=ENVIRONMENT,
            directory=program,
            log=TaskLog(DEFINITION, "t1", lines),
            forks=forks,
        )
        return await process.wait()

    assert asyncio.run(run()) == 0
    child = int(lines.lines[0][2])
    assert not psutil.pid_exists(child)
