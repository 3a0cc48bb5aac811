"""Code that keeps the event loop is named."""

from __future__ import annotations

import asyncio
import sys

from services.runtime.process.blocking import BlockWatch, own_frame
from tests.support.services.doubles import Lines
from tests.support.waiting import wait_until


def test_who_keeps_the_loop_is_named_once(lines: Lines) -> None:
    """While a coroutine keeps the loop, one line names function, file and line."""

    async def blocks() -> None:
        wait_until(lambda: lines.messages() != [], what="the line is written")

    async def run() -> None:
        watching = asyncio.ensure_future(BlockWatch(after_seconds=0.05).watch_forever())
        await asyncio.sleep(0)
        await blocks()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(run())
    told = lines.named("event loop blocked")
    assert (told["level"], told["seconds"] >= 0.0) == ("error", True)
    assert told["at"].split(":")[0].endswith((".py",))
    assert "/tests/" in told["at"]


def test_code_of_the_service_is_told_from_that_of_others() -> None:
    """The innermost frame that is neither Python's nor a library's nor the runtime's; None without one."""
    found = own_frame(sys._getframe())
    assert found is not None
    assert found.f_code.co_qualname == "test_code_of_the_service_is_told_from_that_of_others"
    assert own_frame(None) is None
