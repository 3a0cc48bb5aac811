"""Waits for the end of a child process without reaping it.

Until a process is reaped, no other process can get its id or the id of its group.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading


async def wait_for_exit(pid: int) -> None:
    """Return when a child of this process has ended. It still has to be reaped."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, or not allowed
        await wait_with_thread(pid)
        return
    loop = asyncio.get_running_loop()
    end = loop.create_future()
    loop.add_reader(descriptor, _tell, end)
    try:
        await end
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def wait_with_thread(pid: int) -> None:
    """Do the same as `ended`, with a thread that waits: for systems without process descriptors."""
    loop = asyncio.get_running_loop()
    end = loop.create_future()

    def wait() -> None:
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the wait was given up
            loop.call_soon_threadsafe(_tell, end)

    threading.Thread(target=wait, name=f"child-{pid}", daemon=True).start()
    await end


def _tell(end: asyncio.Future[None]) -> None:
    if not end.done():
        end.set_result(None)
