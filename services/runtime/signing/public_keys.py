"""Public keys that stand in a secret, kept fresh: those of grants, and those of clients' tokens.

A set is read again every so often, and at once, though spaced, when something names a key that it lacks.
What was read last stays in use when the next reading fails, but for no longer than `stale_seconds`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from services.runtime.errors import SecretUnavailableError, ServiceError
from services.runtime.signing.keys import SecretReader
from services.runtime.telemetry import logs

log = logs.get_logger()

STALE_SECONDS = 3600.0
UNREAD_SPACING_SECONDS = 1.0
"""Between two readings while nothing could be read yet: nothing works without."""

KeyT = TypeVar("KeyT")


class PublicKeySet(Generic[KeyT]):
    """The set as this process knows it. It belongs to one event loop.

    `read` makes the keys by name out of the secret's text; what it raises, and what this raises, is `error`.
    """

    def __init__(
        self,
        *,
        reader: SecretReader,
        secret_id: str,
        read: Callable[[str], Mapping[str, KeyT]],
        error: Callable[[str], ServiceError],
        name: str,
        spacing_seconds: float,
        stale_seconds: float = STALE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is read before `load`; `name` is what the log calls it, `spacing_seconds` the least time
        between two readings for the sake of a key that is not known.
        """
        self._reader = reader
        self._secret_id = secret_id
        self._read = read
        self._error = error
        self._name = name
        self._spacing_seconds = spacing_seconds
        self._stale_seconds = stale_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._keys: Mapping[str, KeyT] = {}
        self._read_at: float | None = None
        self._attempted_at = float("-inf")
        self._reading = asyncio.Lock()

    def known(self) -> Mapping[str, KeyT]:
        """The keys as last read. Raises the error of the set when they never were, or too long ago."""
        if self._read_at is None:
            raise self._error("have not been read yet")
        age = self._monotonic() - self._read_at
        if age > self._stale_seconds:
            raise self._error(f"were last read {age:.0f} s ago")
        return self._keys

    async def load(self) -> None:
        """Read the set. Raises the error of the set; what was known stays known."""
        async with self._reading:
            self._attempted_at = self._monotonic()
            try:
                found = await asyncio.to_thread(self._reader.read, self._secret_id, "AWSCURRENT")
            except SecretUnavailableError as error:
                raise self._error(f"cannot be read: {error.code}") from error
            if found is None:
                raise self._error("have no current version")
            keys = self._read(found.value)
            if set(keys) != set(self._keys):
                log.info(f"{self._name} read", keys=len(keys))
            self._keys, self._read_at = keys, self._attempted_at

    async def find(self, name: str) -> Mapping[str, KeyT]:
        """The keys, read again first if `name` is none of them. Raises the error of the set."""
        known = self._read_at is not None and name in self._keys
        spacing = UNREAD_SPACING_SECONDS if self._read_at is None else self._spacing_seconds
        if not known and self._monotonic() - self._attempted_at >= spacing:
            await self._load_or_log()
        return self.known()

    async def refresh_forever(self, refresh_seconds: float) -> None:
        """Read the set again and again; what fails is logged, and tried again."""
        while True:
            await self._sleep(refresh_seconds)
            await self._load_or_log()

    async def _load_or_log(self) -> None:
        try:
            await self.load()
        except ServiceError as error:
            log.warning(f"{self._name} not read", problem=error.message)
