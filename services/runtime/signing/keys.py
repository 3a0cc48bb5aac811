"""The signing keys of the calls a service makes or takes, kept fresh while they rotate.

Each edge caller -> callee has one secret. Its current and its previous version are both good, so that a
rotation needs no agreement on the moment. Keys are read at start, again every few minutes, and whenever a
version is asked for that is not known; such reads are shared and spaced, so that made-up versions cannot be
used to flood Secrets Manager.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from services.runtime.errors import SecretUnavailableError, UnknownPeerError
from services.runtime.telemetry import logs

log = logs.get_logger()

Stage = Literal["AWSCURRENT", "AWSPREVIOUS"]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVersion:
    """One version of a secret: Secrets Manager's VersionId and the secret string."""

    version: str
    value: str = field(repr=False)


class SecretReader(Protocol):
    """Reads one version of a secret; blocks. See `services.runtime.process.aws.SecretsManager`."""

    def read(self, secret_id: str, stage: Stage) -> SecretVersion | None:
        """The version that carries `stage`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """The two good versions of one edge's key, and when they were read (monotonic seconds)."""

    current: SecretVersion
    previous: SecretVersion | None
    read_at: float

    def find(self, version: str) -> str | None:
        """The secret of `version`, if that is one of the two."""
        for known in (self.current, self.previous):
            if known is not None and known.version == version:
                return known.value
        return None


class SigningKeys:
    """Keys by peer: the service on the other end of the edge.

    All state changes are single assignments into a dictionary, so reading is safe from any thread; refreshing
    belongs to the event loop, and its blocking part runs on a thread.
    """

    def __init__(
        self,
        *,
        reader: SecretReader,
        secret_ids: Mapping[str, str],
        spacing_seconds: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`secret_ids` maps peers to ARNs; `spacing_seconds` is the least time between reads of one edge."""
        self._reader = reader
        self._secret_ids = dict(secret_ids)
        self._spacing = spacing_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._pairs: dict[str, KeyPair] = {}
        self._failures: dict[str, SecretUnavailableError] = {}
        self._refreshes: dict[str, asyncio.Task[None]] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._tried_at: dict[str, float] = {}

    @property
    def peers(self) -> tuple[str, ...]:
        """All peers, sorted."""
        return tuple(sorted(self._secret_ids))

    def pair(self, peer: str) -> KeyPair | None:
        """The pair of `peer` as last read, or None before that."""
        return self._pairs.get(peer)

    def failure(self, peer: str) -> SecretUnavailableError | None:
        """Why the last read failed, or None when it succeeded."""
        return self._failures.get(peer)

    def age(self, peer: str) -> float | None:
        """Seconds since the pair of `peer` was read."""
        pair = self._pairs.get(peer)
        return None if pair is None else self._monotonic() - pair.read_at

    def current(self, peer: str) -> SecretVersion:
        """The version to sign with.

        Raises `UnknownPeerError`, or `SecretUnavailableError` before the first read.
        """
        if peer not in self._secret_ids:
            raise UnknownPeerError(peer)
        pair = self._pairs.get(peer)
        if pair is None:
            raise self._failures.get(peer) or SecretUnavailableError(self._secret_ids[peer], "not read yet")
        return pair.current

    async def find(self, peer: str, version: str) -> str | None:
        """The secret of `version` on the edge with `peer`, reading again once if it is not known; None if it
        is none.

        Raises `SecretUnavailableError` if it is not known and cannot be read.
        """
        if peer not in self._secret_ids:
            return None
        pair = self._pairs.get(peer)
        found = None if pair is None else pair.find(version)
        if found is not None:
            return found
        await self.refresh(peer)
        return self._pairs[peer].find(version)

    async def load(self) -> None:
        """Read the keys of all peers. Raises `SecretUnavailableError` for the first that cannot be read."""
        await asyncio.gather(*(self.refresh(peer) for peer in self.peers))

    async def refresh(self, peer: str) -> None:
        """Read the pair of `peer`, beginning after this call. Calls that come meanwhile share one read.

        Raises `SecretUnavailableError`; the pair read before stays in use.
        """
        if peer not in self._secret_ids:
            raise UnknownPeerError(peer)
        task = self._refreshes.get(peer)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read_spaced(peer))
            task.add_done_callback(_retrieve)
            self._refreshes[peer] = task
        # shielded, because others wait for the same task when one of them is cancelled
        await asyncio.shield(task)

    async def refresh_forever(self, every_seconds: float) -> None:
        """Read all keys again and again until cancelled; a failure is logged and the keys stay in use."""
        while True:
            await self._sleep(every_seconds)
            for peer in self.peers:
                try:
                    await self.refresh(peer)
                except SecretUnavailableError as error:
                    log.warning("signing key not refreshed", peer=peer, code=error.code)

    async def _read_spaced(self, peer: str) -> None:
        async with self._reading.setdefault(peer, asyncio.Lock()):
            try:
                tried = self._tried_at.get(peer)
                if tried is not None:
                    await self._sleep(max(0.0, tried + self._spacing - self._monotonic()))
            finally:
                # from here on a newcomer needs a read of its own: what it asks for may be newer than this
                # read sees
                self._refreshes.pop(peer, None)
            self._tried_at[peer] = self._monotonic()
            before = self._pairs.get(peer)
            try:
                pair = await asyncio.to_thread(self._read, peer)
            except SecretUnavailableError as error:
                self._failures[peer] = error
                raise
            self._pairs[peer] = pair
            self._failures.pop(peer, None)
            if before is None or before.current.version != pair.current.version:
                log.info("signing key loaded", peer=peer, key_version=pair.current.version)

    def _read(self, peer: str) -> KeyPair:
        secret_id, now = self._secret_ids[peer], self._monotonic()
        current = self._reader.read(secret_id, "AWSCURRENT")
        if current is None:
            raise SecretUnavailableError(secret_id, "no current version")
        return KeyPair(current=current, previous=self._reader.read(secret_id, "AWSPREVIOUS"), read_at=now)


def _retrieve(task: asyncio.Task[None]) -> None:
    """Retrieve the exception, so that asyncio does not log it when no task waits for the outcome any more."""
    if not task.cancelled():
        task.exception()
