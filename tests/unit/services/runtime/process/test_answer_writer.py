"""Head and body of an answer in one write."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from services.runtime.process.answer_writer import AnswerWriter


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def writer() -> tuple[AnswerWriter, Transport]:
    transport = Transport()
    return AnswerWriter(cast("Any", transport), asyncio.get_running_loop()), transport


def test_head_and_body_go_out_together() -> None:
    """The first two writes of one turn are one; what follows is written as it comes."""

    async def run() -> list[bytes]:
        made, transport = await writer()
        for data in (b"head", b"body", b"more", b"rest"):
            made.write(data)
        await asyncio.sleep(0)
        return transport.written

    assert asyncio.run(run()) == [b"headbody", b"more", b"rest"]


def test_a_head_without_a_body_does_not_wait() -> None:
    """It goes out at the end of the turn, once."""

    async def run() -> list[bytes]:
        made, transport = await writer()
        made.write(b"head")
        assert transport.written == []
        await asyncio.sleep(0)
        made.write(b"late")
        return transport.written

    assert asyncio.run(run()) == [b"head", b"late"]


def test_closing_sends_what_is_kept_first() -> None:
    """A connection that is closed behind the head loses nothing."""

    async def run() -> tuple[list[bytes], bool]:
        made, transport = await writer()
        made.write(b"head")
        made.close()
        await asyncio.sleep(0)
        return transport.written, made.is_closing()

    assert asyncio.run(run()) == ([b"head"], True)
