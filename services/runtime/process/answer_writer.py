"""Sends the head of an answer together with its body: one write to the socket in place of two."""

from __future__ import annotations

import asyncio


class AnswerWriter:
    """Stands in a transport's place for one answer. The head waits for what follows in the same turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._begun = False
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send `data`, or keep it for the rest of this turn of the loop if it is the first."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif self._begun:
            self._transport.write(data)
        else:
            self._begun = True
            self._head = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is kept."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def is_closing(self) -> bool:
        """Whether the connection is being closed."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Send what is kept, and close the connection."""
        self.flush()
        self._transport.close()
