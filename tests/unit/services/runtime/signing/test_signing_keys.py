from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from services.runtime.errors import SecretUnavailableError, UnknownPeerError
from services.runtime.process.health import signing_key_probe
from services.runtime.signing.keys import SecretVersion, SigningKeys, Stage
from tests.support.services.doubles import Clock, Lines, SecretsInMemory


@pytest.fixture
def keys(secrets: SecretsInMemory, clock: Clock) -> SigningKeys:
    secrets.rotate("arn:orbit", "v1", "first")
    return SigningKeys(
        reader=secrets,
        secret_ids={"orbit": "arn:orbit"},
        monotonic=clock,
        sleep=clock.sleep,
        spacing_seconds=1.0,
    )


def test_the_current_version_is_loaded(keys: SigningKeys, lines: Lines) -> None:
    """Keys are read at start (AXN-1), and the log names the version, not the key."""
    asyncio.run(keys.load())

    assert keys.current("orbit") == SecretVersion(version="v1", value="first")
    assert lines.named("signing key loaded")["key_version"] == "v1"
    assert "first" not in lines.stream.getvalue()


def test_current_and_previous_are_both_found(keys: SigningKeys, secrets: SecretsInMemory) -> None:
    """While a rotation goes round both versions are good, and an older one no more (SEC-2)."""

    async def run() -> list[str | None]:
        await keys.load()
        secrets.rotate("arn:orbit", "v2", "second")
        found = [await keys.find("orbit", "v2"), await keys.find("orbit", "v1")]
        secrets.rotate("arn:orbit", "v3", "third")
        return [
            *found,
            await keys.find("orbit", "v3"),
            await keys.find("orbit", "v2"),
            await keys.find("orbit", "v1"),
        ]

    assert asyncio.run(run()) == ["second", "first", "third", "second", None]


def test_a_known_version_costs_no_read(keys: SigningKeys, secrets: SecretsInMemory) -> None:
    """Only an unknown version makes it read again."""

    async def run() -> None:
        await keys.load()
        secrets.reads.clear()
        assert await keys.find("orbit", "v1") == "first"

    asyncio.run(run())
    assert secrets.reads == []


def test_made_up_versions_are_read_once_together(
    keys: SigningKeys, secrets: SecretsInMemory, clock: Clock
) -> None:
    """A hundred requests with unknown versions share one read, and reads are spaced by a second."""

    async def run() -> None:
        await keys.load()
        secrets.reads.clear()
        found = await asyncio.gather(*(keys.find("orbit", f"no-{number}") for number in range(100)))
        assert set(found) == {None}
        await keys.find("orbit", "another")

    asyncio.run(run())
    assert len(secrets.reads) == 4
    assert clock.slept == [1.0, 1.0]


def test_a_read_begun_before_the_question_is_not_its_answer(clock: Clock) -> None:
    """A question that comes during a read gets a later read: the version may be newer than the read."""
    started, go_on = threading.Event(), threading.Event()
    versions = iter(["v1", "v2"])

    class SlowSecrets:
        def read(self, secret_id: str, stage: Stage) -> SecretVersion | None:
            if stage == "AWSPREVIOUS":
                return None
            version = next(versions)
            started.set()
            assert go_on.wait(5)
            return SecretVersion(version=version, value=f"secret of {version}")

    keys = SigningKeys(reader=SlowSecrets(), secret_ids={"orbit": "arn"}, monotonic=clock, sleep=clock.sleep)

    async def run() -> str | None:
        first = asyncio.create_task(keys.refresh("orbit"))
        await asyncio.to_thread(started.wait, 5)
        second = asyncio.create_task(keys.find("orbit", "v2"))
        await asyncio.sleep(0)
        go_on.set()
        await first
        return await second

    assert asyncio.run(run()) == "secret of v2"


def test_a_failed_refresh_keeps_the_keys(keys: SigningKeys, secrets: SecretsInMemory, lines: Lines) -> None:
    """When Secrets Manager fails, the keys read before stay in use, and health says so (SEC-2)."""

    async def run() -> None:
        await keys.load()
        secrets.failing = "AccessDeniedException"
        with pytest.raises(SecretUnavailableError):
            await keys.refresh("orbit")
        with pytest.raises(SecretUnavailableError):
            await keys.find("orbit", "v9")

    asyncio.run(run())
    assert keys.current("orbit").version == "v1"
    failure = keys.failure("orbit")
    assert failure is not None
    assert failure.code == "AccessDeniedException"
    state = signing_key_probe(keys)()["signing-key:orbit"]
    assert state.status == "degraded"
    assert state.detail.endswith("the last refresh failed: AccessDeniedException")


def test_keys_are_refreshed_again_and_again(
    keys: SigningKeys, secrets: SecretsInMemory, clock: Clock, lines: Lines
) -> None:
    """The periodic refresh picks a rotation up, and goes on after a failure (SEC-2)."""

    async def run() -> None:
        await keys.load()
        loop = asyncio.create_task(keys.refresh_forever(60.0))
        await until(lambda: clock.slept.count(60.0) >= 2)
        secrets.failing = "ThrottlingException"
        await until(lambda: "signing key not refreshed" in lines.messages())
        secrets.failing = None
        secrets.rotate("arn:orbit", "v2", "second")
        await until(lambda: keys.current("orbit").version == "v2")
        loop.cancel()
        assert keys.current("orbit").version == "v2"
        assert clock.slept.count(60.0) >= 2

    asyncio.run(run())


def test_whose_key_it_is_must_be_declared(keys: SigningKeys, secrets: SecretsInMemory) -> None:
    """An undeclared peer has no key, and asking for one reads nothing."""

    async def run() -> None:
        assert await keys.find("stranger", "v1") is None
        with pytest.raises(UnknownPeerError):
            await keys.refresh("stranger")

    asyncio.run(run())
    with pytest.raises(UnknownPeerError):
        keys.current("stranger")
    assert secrets.reads == []


def test_before_the_first_read_there_is_no_key(keys: SigningKeys, secrets: SecretsInMemory) -> None:
    """A key that was never read is unavailable, and health says so; so is one without a current version."""
    with pytest.raises(SecretUnavailableError, match="not read yet"):
        keys.current("orbit")
    assert signing_key_probe(keys)()["signing-key:orbit"].detail == "not loaded"
    assert keys.age("orbit") is None
    secrets.stages["arn:orbit"] = {}
    with pytest.raises(SecretUnavailableError, match="no current version"):
        asyncio.run(keys.load())


def test_one_impatient_caller_does_not_end_the_read_of_others(secrets: SecretsInMemory, clock: Clock) -> None:
    """Cancelling one who waits for a shared read leaves the read to the others."""
    secrets.rotate("arn:orbit", "v1", "first")
    gate = asyncio.Event()

    async def wait(seconds: float) -> None:
        await gate.wait()

    keys = SigningKeys(reader=secrets, secret_ids={"orbit": "arn:orbit"}, monotonic=clock, sleep=wait)

    async def run() -> str | None:
        await keys.load()
        secrets.rotate("arn:orbit", "v2", "second")
        impatient = asyncio.create_task(keys.find("orbit", "v2"))
        patient = asyncio.create_task(keys.find("orbit", "v2"))
        await asyncio.sleep(0)
        impatient.cancel()
        gate.set()
        return await patient

    assert asyncio.run(run()) == "second"


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until `condition` holds, for at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for knows of no event
            await asyncio.sleep(0.001)
