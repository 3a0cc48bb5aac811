"""Makes heartbeats: numbered for each process, and stamped with a key that only Axon holds."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Callable
from datetime import UTC, datetime

from services.axon.models import Heartbeat


def stamp(*, key: bytes, service: str, instance: str, sequence: int, at: str, status: str) -> str:
    """HMAC-SHA256 (RFC 2104) with `key` over the members, one a line in this order, as 64 hexadecimal digits.

    None of the members can hold a line feed, so no two heartbeats have the same text.
    """
    text = "\n".join([service, instance, str(sequence), at, status])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Heart:
    """Makes the heartbeats of one process, numbered from 1.

    `itertools.count` gives each number once, also when several threads ask.
    """

    def __init__(
        self, *, service: str, instance: str, key: bytes, now: Callable[[], datetime] = _utc_now
    ) -> None:
        """`key` is the secret `heartbeat-key`; `now` tells the time in UTC."""
        self._service = service
        self._instance = instance
        self._key = key
        self._now = now
        self._numbers = itertools.count(1)

    def beat(self) -> Heartbeat:
        """The next heartbeat."""
        at = self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        sequence = next(self._numbers)
        return Heartbeat(
            service=self._service,
            instance=self._instance,
            sequence=sequence,
            at=at,
            status="alive",
            stamp=stamp(
                key=self._key,
                service=self._service,
                instance=self._instance,
                sequence=sequence,
                at=at,
                status="alive",
            ),
        )
