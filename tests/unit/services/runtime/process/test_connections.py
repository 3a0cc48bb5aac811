"""Room for connections: who is served, who is told that there is none, and which idle one has to go."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest

from services.runtime.process.connections import YOUNG_SECONDS, ClientConnections, ConnectionPlace
from services.runtime.process.descriptors import Room
from tests.support.services.doubles import Clock

Transport = Any


class OneEnd:
    """A transport's place in the books: a real socket, and whether it was told to close."""

    def __init__(self) -> None:
        self.peer, self.socket = socket.socketpair()
        self.closed = False

    def get_extra_info(self, _name: str) -> socket.socket:
        return self.socket

    def close(self) -> None:
        self.closed = True


class Books:
    def __init__(self, room: Room) -> None:
        self.clock = Clock()
        self.connections = ClientConnections(room, monotonic=self.clock)
        self.ends: list[OneEnd] = []

    def add(self, count: int = 1) -> list[ConnectionPlace]:
        new = [OneEnd() for _ in range(count)]
        self.ends += new
        return [self.connections.add(cast("Transport", end)) for end in new]

    def closed(self) -> list[int]:
        return [number for number, end in enumerate(self.ends) if end.closed]


@pytest.fixture
def books() -> Iterator[Books]:
    made = Books(Room(served=3, told=2))
    yield made
    for end in made.ends:
        end.peer.close()
        end.socket.close()


def test_the_last_ones_are_told_and_then_turned_away(books: Books) -> None:
    """As many as there is room for are served, a few more are told so, and all others closed at once."""
    assert (
        books.add(7) == [ConnectionPlace.SERVED] * 3 + [ConnectionPlace.TOLD] * 2 + [ConnectionPlace.NONE] * 2
    )
    assert books.connections.crowded
    assert books.closed() == []


def test_a_closed_connection_leaves_its_place(books: Books) -> None:
    """Room is counted by what is open now."""
    books.add(4)
    for end in books.ends[:2]:
        books.connections.discard(cast("Transport", end))
    assert not books.connections.crowded
    assert (books.add(), len(books.connections)) == ([ConnectionPlace.SERVED], 3)


def test_the_longest_idle_one_makes_room(books: Books) -> None:
    """A new connection takes the place of the one that nothing was asked on for longest, one each."""
    books.add(3)
    books.clock.now += 1
    books.connections.rest(cast("Transport", books.ends[0]))
    books.clock.now += YOUNG_SECONDS
    assert books.add(2) == [ConnectionPlace.SERVED] * 2
    assert books.closed() == [1, 2]


def test_a_young_connection_stays(books: Books) -> None:
    """What has been idle for a moment only is not closed: its request may be on the way."""
    books.add(3)
    books.clock.now += YOUNG_SECONDS - 0.01
    assert books.add() == [ConnectionPlace.TOLD]
    assert books.closed() == []


def test_a_connection_at_work_stays(books: Books) -> None:
    """A request that is being answered, or arrives slowly, is never cut off for another one."""
    books.add(3)
    for end in books.ends:
        books.connections.work(cast("Transport", end))
    books.clock.now += 100
    assert books.add() == [ConnectionPlace.TOLD]
    assert books.closed() == []


def test_what_has_arrived_and_was_not_read_yet_counts(books: Books) -> None:
    """An idle connection on which a request lies in the socket is passed over for the next one."""
    books.add(3)
    books.ends[0].peer.send(b"GET")
    books.clock.now += YOUNG_SECONDS
    assert books.add() == [ConnectionPlace.SERVED]
    assert books.closed() == [1]
