"""The public keys of grants, as a callee keeps them. GOV-4, SEC-2."""

from __future__ import annotations

import asyncio
import json

import pytest

from policies.calls.granting.keys import GrantKey, make_key
from services.runtime.errors import GrantKeysError, SecretUnavailableError
from services.runtime.grants.key_set import SPACING_SECONDS, GrantKeySet, read_key_set
from services.runtime.signing.keys import SecretVersion, Stage
from services.runtime.signing.public_keys import STALE_SECONDS
from tests.support.wire.vectors import JWK, KEY_SET, VECTORS


class Secret:
    """A secret that tests change; counts its readings."""

    def __init__(self, *keys: GrantKey) -> None:
        self.readings = 0
        self.broken = False
        self.publish(*keys)

    def publish(self, *keys: GrantKey) -> None:
        self.text = json.dumps({"keys": [key.public_jwk() for key in keys]})

    def read(self, secret_id: str, stage: Stage) -> SecretVersion | None:
        self.readings += 1
        if self.broken:
            raise SecretUnavailableError(secret_id, "ThrottlingException")
        return SecretVersion(version="1", value=self.text)


class Seconds:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def key_set(secret: Secret, clock: Seconds) -> GrantKeySet:
    return GrantKeySet(reader=secret, secret_id="keys", monotonic=clock, epoch_seconds=clock)


def test_the_published_set_names_the_header_of_its_grants() -> None:
    """The header segment that a grant must have follows from the public key alone."""
    assert set(read_key_set(KEY_SET)) == {VECTORS[0].token.split(".")[0]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": {}}',
        '{"keys": [1]}',
        json.dumps({"keys": [JWK | {"crv": "X25519"}]}),
        json.dumps({"keys": [JWK | {"kty": "RSA"}]}),
        json.dumps({"keys": [JWK, JWK | {"x": "AA"}]}),
        json.dumps({"keys": [JWK | {"kid": "another"}]}),
        json.dumps({"keys": [JWK | {"exp": "soon"}]}),
    ],
)
def test_a_set_of_another_kind_is_refused_whole(text: str) -> None:
    """One entry that is not an Ed25519 key under its own thumbprint makes the whole set unusable."""
    with pytest.raises(GrantKeysError):
        read_key_set(text)


def test_a_new_key_is_found_at_its_first_grant() -> None:
    """A grant under a key that is not known yet has the set read again, once."""
    old, new = make_key(), make_key()
    secret, clock = Secret(old), Seconds()
    keys = key_set(secret, clock)

    async def story() -> None:
        await keys.load()
        secret.publish(old, new)
        clock.now += SPACING_SECONDS
        assert set(await keys.find(new.header)) == {old.header, new.header}
        assert set(await keys.find(new.header)) == {old.header, new.header}

    asyncio.run(story())
    assert secret.readings == 2


def test_made_up_keys_do_not_make_the_service_read_all_the_time() -> None:
    """Grants under unknown keys have the set read at most once a second."""
    secret, clock = Secret(make_key()), Seconds()
    keys = key_set(secret, clock)

    async def story() -> None:
        await keys.load()
        for _ in range(100):
            clock.now += SPACING_SECONDS / 10
            await keys.find("unknown")

    asyncio.run(story())
    assert secret.readings <= 12


def test_keys_are_kept_while_the_secret_cannot_be_read_but_not_for_ever() -> None:
    """An unreachable Secrets Manager stops nothing for an hour; then the keys are not relied on any more."""
    key = make_key()
    secret, clock = Secret(key), Seconds()
    keys = key_set(secret, clock)

    async def story() -> None:
        await keys.load()
        secret.broken = True
        with pytest.raises(GrantKeysError, match="cannot be read: ThrottlingException"):
            await keys.load()
        clock.now += STALE_SECONDS
        assert set(keys.keys()) == {key.header}
        clock.now += 1
        with pytest.raises(GrantKeysError, match="were last read 3601 s ago"):
            keys.keys()

    asyncio.run(story())


def test_nothing_is_admitted_before_the_first_reading() -> None:
    """Keys that were never read are an error, not an empty set."""
    with pytest.raises(GrantKeysError, match="have not been read yet"):
        key_set(Secret(), Seconds()).keys()


def test_a_dropped_key_is_forgotten_at_the_next_reading() -> None:
    """A key that governance has dropped verifies nothing once the set is read again."""
    old, new = make_key(), make_key()
    secret, clock = Secret(old), Seconds()
    keys = key_set(secret, clock)

    async def story() -> None:
        await keys.load()
        secret.publish(new)
        await keys.load()
        assert set(keys.keys()) == {new.header}

    asyncio.run(story())


def test_a_replaced_key_leaves_at_its_time_without_another_reading() -> None:
    """Entries say when they leave; the set need not be read again for it."""
    old, new = make_key(), make_key()
    secret, clock = Secret(), Seconds()
    secret.text = json.dumps({"keys": [old.public_jwk() | {"exp": 130}, new.public_jwk()]})
    keys = key_set(secret, clock)

    async def story() -> None:
        await keys.load()
        clock.now = 129.9
        assert set(keys.keys()) == {old.header, new.header}
        clock.now = 130.0
        assert set(keys.keys()) == {new.header}

    asyncio.run(story())
