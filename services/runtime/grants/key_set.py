"""The public keys of grants, read from their secret and kept fresh.

A key stands in the set before it signs, so that a set read within the bound knows every key that is in use.
The set is read again at once when a grant names a key that it lacks: only after the request's own signature
holds, so that strangers cannot make us read. A key that was replaced has the time at which it leaves beside
it, and is not taken from then on, whether the set is read again or not.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.runtime.errors import GrantKeysError
from services.runtime.grants.grant import GrantKeys
from services.runtime.signing.keys import SecretReader
from services.runtime.signing.public_keys import PublicKeySet

SPACING_SECONDS = 1.0
"""Between two readings for the sake of an unknown key."""


class PublishedKey(NamedTuple):
    """A public key, and the time at which it leaves the set (epoch seconds; infinite while it signs)."""

    public: Ed25519PublicKey
    leaves_at: float


def read_key_set(text: str) -> Mapping[str, PublishedKey]:
    """The keys of a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037), by the header of their grants.

    Raises GrantKeysError. An entry of another kind is an error, not left out: the set is written by one
    function, for this alone.
    """
    try:
        entries = json.loads(text)["keys"]
        keys = dict(_entry(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GrantKeysError(f"are no JWK Set of Ed25519 keys: {type(error).__name__}") from None
    if not keys:
        raise GrantKeysError("are an empty set")
    return keys


def _entry(entry: Mapping[str, Any]) -> tuple[str, PublishedKey]:
    leaves_at = entry.get("exp", math.inf)
    if (entry["kty"], entry["crv"]) != ("OKP", "Ed25519") or not isinstance(leaves_at, int | float):
        raise ValueError("another kind of key")
    public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(entry["x"] + "="))
    # RFC 7638: the name of a key follows from it
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{_encoded(public.public_bytes_raw())}"}}'
    name = _encoded(hashlib.sha256(members.encode()).digest())
    if entry["kid"] != name:
        raise ValueError("the name of another key")
    header = f'{{"alg":"Ed25519","kid":"{name}","typ":"myelin-grant+jwt"}}'
    return _encoded(header.encode()), PublishedKey(public=public, leaves_at=leaves_at)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class GrantKeySet:
    """The set as this process knows it. It belongs to one event loop."""

    def __init__(
        self,
        *,
        reader: SecretReader,
        secret_id: str,
        monotonic: Callable[[], float] = time.monotonic,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is read before `load`."""
        self._epoch_seconds = epoch_seconds
        self._set = PublicKeySet(
            reader=reader,
            secret_id=secret_id,
            read=read_key_set,
            error=GrantKeysError,
            name="grant keys",
            spacing_seconds=SPACING_SECONDS,
            monotonic=monotonic,
        )
        self.load = self._set.load
        self.refresh_forever = self._set.refresh_forever

    def keys(self) -> GrantKeys:
        """The keys now. Raises GrantKeysError when they were never read, or too long ago."""
        return self._now(self._set.known())

    async def find(self, header: str) -> GrantKeys:
        """The keys, read again first if `header` names one that is not known. Raises GrantKeysError."""
        return self._now(await self._set.find(header))

    def _now(self, keys: Mapping[str, PublishedKey]) -> GrantKeys:
        now = self._epoch_seconds()
        return {header: key.public for header, key in keys.items() if now < key.leaves_at}
