"""The pool, with processes that are only said to run."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.errors import ThrottledError
from sandbox.cloud.functions.processes.pool import Patience, Pool


class Process:
    """Stands in for a FunctionProcess."""

    def __init__(self, configuration: FunctionConfiguration, pid: int) -> None:
        self.configuration = configuration
        self.pid = pid
        self.alive = True
        self.starting = False
        self.retired = False
        self.idle_since = 0.0
        self.stopped = False

    def kill(self) -> None:
        self.alive = False

    def stop(self, grace: float = 0.0) -> None:
        self.alive = False
        self.stopped = True


class Launcher:
    """Makes processes for one configuration and remembers them."""

    def __init__(self, configuration: FunctionConfiguration) -> None:
        self.configuration = configuration
        self.made: list[Process] = []

    def __call__(self) -> Any:
        self.made.append(Process(self.configuration, len(self.made) + 1))
        return self.made[-1]


@pytest.fixture
def pool() -> Pool:
    return Pool("f", patience=Patience(busy=0, starting=0))


@pytest.fixture
def launch(configuration: FunctionConfiguration) -> Launcher:
    return Launcher(configuration)


def test_process_is_kept_for_the_next_call(pool: Pool, launch: Launcher) -> None:
    """Calls one after the other share a process."""
    for _ in range(3):
        with pool.lend(launch.configuration, launch, 10) as process:
            assert pool.status() == [{"pid": 1, "busy": True}]
            assert process.pid == 1
    assert pool.status() == [{"pid": 1, "busy": False}]


def test_calls_at_once_get_processes_of_their_own_up_to_the_limit(pool: Pool, launch: Launcher) -> None:
    """The call beyond the limit is refused with function and limit; when one ends there is room again."""
    with ExitStack() as calls:
        for _ in range(2):
            calls.enter_context(pool.lend(launch.configuration, launch, 2))
        with pytest.raises(ThrottledError) as caught, pool.lend(launch.configuration, launch, 2):
            pass
        assert (caught.value.name, caught.value.limit) == ("f", 2)
    with pool.lend(launch.configuration, launch, 2):
        pass
    assert len(launch.made) == 2


def test_limit_counts_all_versions(pool: Pool, launch: Launcher) -> None:
    """A reservation belongs to the function, not to a version."""
    other = Launcher(replace(launch.configuration, version="2"))
    with (
        pool.lend(launch.configuration, launch, 1),
        pytest.raises(ThrottledError),
        pool.lend(other.configuration, other, 1),
    ):
        pass


def test_dead_process_is_replaced(pool: Pool, launch: Launcher) -> None:
    """A process that was killed between two calls is not lent again."""
    with pool.lend(launch.configuration, launch, 1) as process:
        pass
    process.kill()
    assert pool.status() == []
    with pool.lend(launch.configuration, launch, 1) as process:
        assert process.pid == 2
    assert launch.made[0].stopped


def test_process_that_died_in_a_call_is_not_kept(pool: Pool, launch: Launcher) -> None:
    """What a call killed does not go back."""
    with pool.lend(launch.configuration, launch, 1) as process:
        process.kill()
    assert pool.status() == []


def test_new_configuration_retires_old_processes(pool: Pool, launch: Launcher) -> None:
    """Idle ones end at once, busy ones after their call."""
    with pool.lend(launch.configuration, launch, 2), pool.lend(launch.configuration, launch, 2):
        pass
    new = Launcher(replace(launch.configuration, environment=(("A", "b"),)))
    with pool.lend(launch.configuration, launch, 2):
        pool.retain({new.configuration.fingerprint})
        assert [process.alive for process in launch.made].count(True) == 1
    assert not any(process.alive for process in launch.made)
    with pool.lend(new.configuration, new, 2):
        pass
    assert len(new.made) == 1


def test_warm_starts_one_and_only_one(pool: Pool, launch: Launcher) -> None:
    """A process started ahead of calls is the one that the first call gets."""
    pool.warm(launch.configuration, launch)
    pool.warm(launch.configuration, launch)
    with pool.lend(launch.configuration, launch, 1):
        pass
    assert len(launch.made) == 1


def test_failed_launch_gives_the_place_back(pool: Pool, launch: Launcher) -> None:
    """A process that could not be started does not count against the limit."""

    def fail() -> Any:
        raise OSError("no processes left")

    with pytest.raises(OSError, match="no processes left"), pool.lend(launch.configuration, fail, 1):
        pass
    with pool.lend(launch.configuration, launch, 1):
        pass


def test_closed_pool_keeps_and_lends_nothing(pool: Pool, launch: Launcher) -> None:
    """Closing ends idle processes, and a busy one ends with its call."""
    entered, release = threading.Event(), threading.Event()

    def call() -> None:
        with pool.lend(launch.configuration, launch, 3):
            entered.set()
            release.wait(5)

    with pool.lend(launch.configuration, launch, 3):
        thread = threading.Thread(target=call)
        thread.start()
        assert entered.wait(5)
    pool.close()
    assert not any(process.alive for process in launch.made)
    release.set()
    thread.join(5)
    assert all(process.stopped for process in launch.made)
    with pytest.raises(ThrottledError), pool.lend(launch.configuration, launch, 3):
        pass


def test_call_waits_a_moment_for_a_process_that_is_about_to_be_free(launch: Launcher) -> None:
    """Short calls at once share a process instead of starting one each."""
    pool = Pool("f", patience=Patience(busy=5, starting=5))
    pids: list[int] = []
    entered = threading.Event()

    def call() -> None:
        entered.set()
        with pool.lend(launch.configuration, launch, 3) as process:
            pids.append(process.pid)

    with pool.lend(launch.configuration, launch, 3):
        thread = threading.Thread(target=call)
        thread.start()
        assert entered.wait(5)
    thread.join(5)
    assert pids == [1]


def test_call_waits_longer_while_others_start(launch: Launcher) -> None:
    """A start under way holds the next one up until it has ended."""
    pool = Pool("f", patience=Patience(busy=0.01, starting=5, starts=1))
    lent = threading.Event()

    def call() -> None:
        with pool.lend(launch.configuration, launch, 3):
            lent.set()

    with pool.lend(launch.configuration, launch, 3):
        launch.made[0].starting = True
        thread = threading.Thread(target=call)
        thread.start()
        assert not lent.wait(0.2)
        launch.made[0].starting = False
        assert lent.wait(5)
        thread.join(5)
    assert len(launch.made) == 2


def test_processes_that_have_long_been_idle_end_but_the_last_stays(launch: Launcher) -> None:
    """After a burst the number of processes goes back."""
    now = [0.0]
    pool = Pool("f", patience=Patience(busy=0, starting=0, idle=60), clock=lambda: now[0])
    with ExitStack() as burst:
        for _ in range(3):
            burst.enter_context(pool.lend(launch.configuration, launch, 3))
    now[0] = 59
    with pool.lend(launch.configuration, launch, 3):
        pass
    assert len(pool.status()) == 3
    now[0] = 100
    with pool.lend(launch.configuration, launch, 3):
        pass
    assert len(pool.status()) == 1
