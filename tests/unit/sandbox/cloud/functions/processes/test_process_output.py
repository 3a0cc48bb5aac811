"""Lines of a process, through a real pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from sandbox.cloud.functions.processes.output import TAIL_BYTES, ProcessOutput


class Pipe:
    def __init__(self) -> None:
        reader, self.writer = os.pipe()
        self.lines: list[str] = []
        self.output = ProcessOutput(reader, self.lines.append)
        self.open = True

    def write(self, data: bytes) -> None:
        os.write(self.writer, data)

    def end(self) -> None:
        if self.open:
            self.open = False
            os.close(self.writer)
            self.output.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.end()


def test_own_line_comes_after_what_was_written_before(pipe: Pipe) -> None:
    """What the process wrote first is logged first, even a line without an end."""
    pipe.write(b"one\ntwo")
    pipe.output.lines("END")
    assert pipe.lines == ["one", "two", "END"]


def test_lines_are_read_while_nobody_asks(pipe: Pipe) -> None:
    """A process that writes more than a pipe holds is not blocked."""
    pipe.write(b"x" * 1000 + b"\n")
    for _ in range(200):
        pipe.write(b"y" * 1000 + b"\n")
    deadline = time.monotonic() + 5
    while len(pipe.lines) < 201 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(pipe.lines) == 201


def test_multi_line_record_stays_in_one_piece(pipe: Pipe) -> None:
    """The runtime client joins a traceback's lines with carriage returns: one event of several lines."""
    pipe.write("[ERROR] x\rTraceback\r\u00a0 at\n".encode())
    pipe.write(b"windows\r\n\xff\n")
    pipe.end()
    assert pipe.lines == ["[ERROR] x\nTraceback\n\u00a0 at", "windows", "\ufffd"]


def test_tail_is_what_was_written_since_it_was_taken(pipe: Pipe) -> None:
    """A call's tail has its own lines only, and the last 4 KiB of them."""
    pipe.output.lines("first")
    assert pipe.output.take_tail() == b"first\n"
    pipe.output.lines("z" * 2 * TAIL_BYTES)
    assert pipe.output.take_tail() == b"z" * (TAIL_BYTES - 1) + b"\n"
    assert pipe.output.take_tail() == b""


def test_unfinished_last_line_is_not_lost(pipe: Pipe) -> None:
    """What a process wrote before it died is logged although the line has no end."""
    pipe.write(b"last words")
    pipe.end()
    assert pipe.lines == ["last words"]
