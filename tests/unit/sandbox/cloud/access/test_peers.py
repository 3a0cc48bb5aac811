"""Whose the other end of a connection is."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from sandbox.cloud.access import peers
from sandbox.cloud.access.peers import (
    Peer,
    is_of_process,
    is_own_client,
    is_own_sender,
    is_own_user,
    peer_of,
)
from tests.support.access.other_user import NOBODY, as_another_user, needs_root


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_a_connection_of_this_process_is_its_own(listener: socket.socket) -> None:
    """Of this user and this process, and of no other process."""
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
        assert is_own_user(connection)
        assert is_own_client(connection.getsockname(), connection.getpeername())
        assert is_of_process(connection, os.getpid())
        assert not is_of_process(connection, os.getppid())
        assert not is_of_process(connection, 0)


def test_the_list_says_the_same_as_the_kernel(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the one socket cannot be asked for, it is looked for in /proc."""
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
        asked = peer_of(connection)
        monkeypatch.setattr(peers, "_ask_kernel", lambda *_: None)
        assert peer_of(connection) == asked == Peer(uid=os.geteuid(), inode=asked.inode if asked else 0)


def test_who_has_gone_is_nobody(listener: socket.socket) -> None:
    """The kernel names root for a socket that its process has closed: it is believed of none."""
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"GET / HTTP/1.1")
    connection, _ = listener.accept()
    client.close()
    with connection:
        assert peer_of(connection) is None
        assert not is_own_user(connection)
        assert not is_own_client(connection.getsockname(), connection.getpeername())
        assert not is_of_process(connection, os.getpid())


@needs_root
def test_another_user_is_known(listener: socket.socket) -> None:
    """By TCP and by UDP, while its socket is open. FID-2"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))

        def ask() -> bytes:
            with socket.create_connection(listener.getsockname(), timeout=10) as client:
                client.sendall(b"x")
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    sender.sendto(b"x", datagrams.getsockname())
                    return client.recv(1)

        listener.settimeout(10)
        child = os.fork()
        if child == 0:
            os.setuid(NOBODY)
            ask()
            os._exit(0)
        connection, _ = listener.accept()
        with connection:
            found = peer_of(connection)
            own = is_own_user(connection) or is_own_client(connection.getsockname(), connection.getpeername())
            sender = datagrams.recvfrom(10)[1]
            own_sender = is_own_sender(sender)
            connection.sendall(b"x")
        os.waitpid(child, 0)
    assert (found and found.uid, own, own_sender) == (NOBODY, False, False)
    assert not is_own_sender(sender)


def test_a_datagram_of_this_process_is_its_own() -> None:
    """While its port is open, and not after."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", 9))
        address = ("127.0.0.1", sender.getsockname()[1])
        assert is_own_sender(address)
    assert not is_own_sender(address)


@needs_root
def test_the_helper_is_another_user() -> None:
    """Otherwise the tests that stand on it would prove nothing."""
    assert as_another_user(os.geteuid) == NOBODY
    assert isinstance(as_another_user(lambda: os.setuid(0)), PermissionError)
