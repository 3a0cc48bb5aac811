"""Lines that are written together."""

from __future__ import annotations

import asyncio
import io

from services.runtime.telemetry.line_buffer import LineBuffer


class Pipe(io.StringIO):
    """Counts its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def line(buffer: LineBuffer, text: str) -> None:
    buffer.write(text + "\n")
    buffer.flush()


def test_lines_of_one_moment_are_one_write() -> None:
    """In the event loop they wait for the delay, in their order."""
    pipe = Pipe()

    async def run() -> tuple[int, int]:
        buffer = LineBuffer(pipe, delay_seconds=0)
        for text in "abc":
            line(buffer, text)
        before = pipe.writes
        await asyncio.sleep(0.01)
        line(buffer, "d")
        await asyncio.sleep(0.01)
        return before, pipe.writes

    assert asyncio.run(run()) == (0, 2)
    assert pipe.getvalue() == "a\nb\nc\nd\n"


def test_outside_the_loop_a_line_is_written_at_once() -> None:
    """On a thread, and at the end of the process, nothing waits."""
    pipe = Pipe()
    buffer = LineBuffer(pipe)

    async def run() -> str:
        line(buffer, "loop")
        await asyncio.to_thread(line, buffer, "thread")
        return pipe.getvalue()

    assert asyncio.run(run()) == "loop\nthread\n"
    line(buffer, "end")
    assert pipe.getvalue() == "loop\nthread\nend\n"
