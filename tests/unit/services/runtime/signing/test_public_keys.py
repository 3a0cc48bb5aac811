"""Public keys in a secret, whatever kind they are."""

from __future__ import annotations

import asyncio

import pytest

from services.runtime.errors import ClientKeysError
from services.runtime.signing.public_keys import STALE_SECONDS, UNREAD_SPACING_SECONDS, PublicKeySet
from tests.support.services.doubles import Clock, SecretsInMemory


def key_set(secrets: SecretsInMemory, clock: Clock) -> PublicKeySet[str]:
    def read(text: str) -> dict[str, str]:
        if not text:
            raise ClientKeysError("are empty")
        return dict.fromkeys(text, text)

    return PublicKeySet(
        reader=secrets,
        secret_id="keys",
        read=read,
        error=ClientKeysError,
        name="some keys",
        spacing_seconds=5,
        monotonic=lambda: clock.now,
    )


def test_the_first_reading_may_fail_and_is_made_up_for() -> None:
    """A set that was never read is read when a key is looked for, at most so often."""
    secrets, clock = SecretsInMemory(), Clock()
    keys = key_set(secrets, clock)

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(ClientKeysError, match="have not been read yet"):
                await keys.find("a")
        secrets.rotate("keys", "1", "ab")
        clock.now += UNREAD_SPACING_SECONDS
        assert set(await keys.find("a")) == {"a", "b"}

    asyncio.run(story())
    assert len(secrets.reads) == 2


def test_unknown_names_have_a_set_that_is_known_read_at_most_so_often() -> None:
    """Any stranger can make one up."""
    secrets, clock = SecretsInMemory(), Clock()
    secrets.rotate("keys", "1", "a")
    keys = key_set(secrets, clock)

    async def story() -> None:
        await keys.load()
        for _ in range(50):
            clock.now += 0.5
            assert set(await keys.find("unknown")) == {"a"}

    asyncio.run(story())
    assert len(secrets.reads) == 6


def test_a_set_that_is_wrong_does_not_take_the_place_of_a_good_one() -> None:
    """The last good one is used for an hour, and not longer."""
    secrets, clock = SecretsInMemory(), Clock()
    keys = key_set(secrets, clock)

    async def story() -> None:
        secrets.rotate("keys", "1", "a")
        await keys.load()
        secrets.rotate("keys", "2", "")
        clock.now += STALE_SECONDS
        assert set(await keys.find("unknown")) == {"a"}
        clock.now += 1
        with pytest.raises(ClientKeysError, match="were last read 3601 s ago"):
            await keys.find("a")

    asyncio.run(story())
