"""The runtime API on real sockets, with a client made of plain HTTP."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from sandbox.cloud.functions.processes.channel import PREFIX, GoneError, LateError, RuntimeChannel
from tests.support.waiting import wait_until


@pytest.fixture
def channel() -> Iterator[RuntimeChannel]:
    made = RuntimeChannel()
    made.admit(os.getpid())
    yield made
    made.close()


def connect(channel: RuntimeChannel) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(channel.address, timeout=5)


def soon() -> float:
    return time.monotonic() + 5


def test_question_waits_for_its_answer(channel: RuntimeChannel) -> None:
    """A process asks, and is answered on the same connection whenever there is work."""
    client = connect(channel)
    client.request("GET", PREFIX + "invocation/next")
    request = channel.receive(deadline=soon(), alive=lambda: True)
    assert request.path == PREFIX + "invocation/next"
    channel.answer("200 OK", (("Lambda-Runtime-Aws-Request-Id", "id"),), b'{"a": 1}')
    answer = client.getresponse()
    assert (answer.headers["Lambda-Runtime-Aws-Request-Id"], answer.read()) == ("id", b'{"a": 1}')
    client.request("POST", PREFIX + "invocation/id/response", body=b"done")
    assert channel.receive(deadline=soon(), alive=lambda: True).body == b"done"
    client.close()


def test_second_connection_is_heard(channel: RuntimeChannel) -> None:
    """The client reports a failed start on another connection than the one that it asks on."""
    first, second = connect(channel), connect(channel)
    first.request("GET", PREFIX + "invocation/next")
    channel.receive(deadline=soon(), alive=lambda: True)
    second.request("POST", PREFIX + "init/error", body=b"{}")
    assert channel.receive(deadline=soon(), alive=lambda: True).path == PREFIX + "init/error"
    first.close()
    second.close()


def test_deadline_is_kept(channel: RuntimeChannel) -> None:
    """Nobody asks in time: the wait ends."""
    began = time.monotonic()
    with pytest.raises(LateError):
        channel.receive(deadline=began + 0.1, alive=lambda: True)
    assert time.monotonic() - began >= 0.1


def test_end_of_the_process_is_noticed(channel: RuntimeChannel) -> None:
    """A closed connection and a dead process end the wait long before the deadline."""
    client = connect(channel)
    client.request("GET", PREFIX + "invocation/next")
    channel.receive(deadline=soon(), alive=lambda: True)
    assert channel.is_waiting
    dead = threading.Event()

    def die() -> None:
        client.close()
        dead.set()

    threading.Timer(0.05, die).start()
    with pytest.raises(GoneError):  # and not LateError
        channel.receive(deadline=time.monotonic() + 30, alive=lambda: not dead.is_set())
    assert not channel.is_waiting

    def is_gone() -> bool:
        # the system may take a first answer before it knows that the connection was closed
        try:
            channel.answer("200 OK")
        except GoneError:
            return True
        return False

    wait_until(is_gone)


def test_nobody_has_asked_yet(channel: RuntimeChannel) -> None:
    """There is nobody to answer before the first request."""
    assert not channel.is_waiting
    with pytest.raises(GoneError):
        channel.answer("200 OK")


def test_close_gives_every_descriptor_back() -> None:
    """A channel that was talked to leaves no socket open."""
    made = RuntimeChannel()
    made.admit(os.getpid())
    before = psutil.Process().num_fds()
    client = connect(made)
    client.request("GET", PREFIX + "invocation/next")
    made.receive(deadline=soon(), alive=lambda: True)
    client.close()
    made.close()
    assert psutil.Process().num_fds() < before


@pytest.mark.parametrize("owner", [0, 1, os.getppid()])
def test_another_process_is_not_answered(owner: int) -> None:
    """FID-2: neither before there is a process nor after; its own is still heard."""
    made = RuntimeChannel()
    if owner:
        made.admit(owner)
    stranger = connect(made)
    stranger.request("GET", PREFIX + "invocation/next")
    with pytest.raises(LateError):
        made.receive(deadline=time.monotonic() + 0.2, alive=lambda: True)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        stranger.getresponse()
    stranger.close()
    made.admit(os.getpid())
    own = connect(made)
    own.request("GET", PREFIX + "invocation/next")
    assert made.receive(deadline=soon(), alive=lambda: True).path == PREFIX + "invocation/next"
    own.close()
    made.close()
