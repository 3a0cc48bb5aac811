"""Which secrets are rotated, how they stand, and who reads them. SEC-2."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.rotation.secrets import Reading, consumers_of, find_secret, read_secrets
from tests.support.rotation.fake_clients import NOW, FakeClient, listed_secret

SIGNING = "calls/orbit/axon/signing-key"
AXON = listed_secret("axon/heartbeat-key", tags={"myelin:rotation": "generated", "myelin:restart": "axon"})
SERVICES = ("axon", "orbit", "orbit-two")


def client(*secrets: dict[str, object]) -> FakeClient:
    return FakeClient({"list_secrets": [{"SecretList": [secret]} for secret in secrets]})


def test_only_what_has_a_schedule_in_this_environment_is_listed() -> None:
    """From all pages; a secret without rotation, and one of another environment, are left out."""
    off = listed_secret("door/client-keys", RotationEnabled=False)
    other = {**listed_secret("x"), "Name": "development/x"}
    found = read_secrets(client(listed_secret(SIGNING), off, other, AXON), "dev")
    assert [secret.name for secret in found] == ["axon/heartbeat-key", SIGNING]
    assert found[0].schedule == "cron(0 4 1 * ? *)"
    assert found[0].kind == "generated"


def test_a_pending_version_that_is_not_current_is_a_rotation_that_has_not_ended() -> None:
    """On the current version, or on none, the rotation has ended."""
    stages = {"old": ["AWSCURRENT"], "new": ["AWSPENDING"]}
    ended = {"old": ["AWSPREVIOUS"], "new": ["AWSCURRENT", "AWSPENDING"]}
    read = read_secrets(
        client(
            listed_secret("a/stuck", SecretVersionsToStages=stages, LastRotatedDate=NOW),
            listed_secret("b/ended", SecretVersionsToStages=ended),
            listed_secret("c/quiet"),
        ),
        "dev",
    )
    assert [secret.stuck for secret in read] == ["new", None, None]
    assert read[0].last == NOW


def test_a_signing_key_is_found_by_its_edge() -> None:
    """In full, or as `caller-callee`; what is not there is told with the nearest name."""
    secrets = read_secrets(client(AXON, listed_secret(SIGNING)), "dev")
    assert find_secret(secrets, "orbit-axon").name == find_secret(secrets, SIGNING).name == SIGNING
    with pytest.raises(UsageError) as error:
        find_secret(secrets, "axon/heartbeat")
    assert error.value.hint == "did you mean `axon/heartbeat-key`"
    with pytest.raises(UsageError) as error:
        find_secret((), "x")
    assert error.value.hint == "rotated are none"


def test_what_names_two_signing_keys_is_refused() -> None:
    """`a-b-c` is the call of `a` to `b-c` and of `a-b` to `c`: in full they are told apart."""
    full = ("calls/a/b-c/signing-key", "calls/a-b/c/signing-key")
    secrets = read_secrets(client(*map(listed_secret, full)), "dev")
    with pytest.raises(UsageError) as error:
        find_secret(secrets, "a-b-c")
    assert error.value.hint == f"name one of them in full: {', '.join(sorted(full))}"
    assert [find_secret(secrets, name).name for name in full] == list(full)


def test_consumers_are_the_reader_or_both_ends() -> None:
    """Tasks that read at their start, both ends of a call, and governance for the key of grants."""
    grants = listed_secret("grants/signing-key", tags={})
    secrets = {
        secret.name: secret for secret in read_secrets(client(AXON, listed_secret(SIGNING), grants), "dev")
    }

    def names(name: str) -> list[tuple[str, Reading]]:
        return [(each.name, each.reading) for each in consumers_of(secrets[name], SERVICES)]

    assert names("axon/heartbeat-key") == [("axon", Reading.AT_START)]
    assert names(SIGNING) == [("orbit", Reading.AGAIN), ("axon", Reading.AGAIN)]
    assert names("grants/signing-key") == [("governance", Reading.AGAIN)]
    assert secrets["grants/signing-key"].kind == "grant-key"
