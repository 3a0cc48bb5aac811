"""A credential of another system is rotated by the calls that its declaration names. SEC-2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.rotation.called import CalledIssuer
from lambdas.rotation.errors import RotationError
from lambdas.rotation.handler import compose, rotate
from lambdas.rotation.steps import RotationStep
from tests.support.rotation.ecs import RecordedEcs
from tests.support.rotation.issuer import Issuer, issuer
from tests.support.rotation.secrets_manager import KilledError, SecretsManager

SECRET, STEPS = "arn:partner", tuple(RotationStep)
ENVIRONMENT = {
    "CLUSTER": "dev",
    "GRANT_SIGNING_KEY": "arn:signing",
    "GRANT_KEYS": "arn:public",
    "GRANT_BOUND_SECONDS": "30",
    "GRANT_KEY_CACHE_SECONDS": "60",
}


@pytest.fixture(scope="module")
def served() -> Iterator[Issuer]:
    with issuer() as server:
        yield server


@pytest.fixture
def partner(served: Issuer) -> Issuer:
    """An issuer that takes `first`."""
    served.takes, served.told, served.answer = ["first"], [], None
    return served


def secret_of(partner: Issuer) -> SecretsManager:
    """A secret with `first`, whose tags name the issuer."""
    aws = SecretsManager()
    aws.put_secret_value(SecretId=SECRET, SecretString="first", VersionStages=["AWSCURRENT"])
    aws.tags[SECRET] = {
        "myelin:rotation": "call",
        "myelin:rotation-tell": f"{partner.url}/credentials",
        "myelin:rotation-test": f"{partner.url}/whoami",
    }
    return aws


def take(aws: SecretsManager, step: RotationStep, token: str = "one") -> None:
    calls: list[Any] = []
    event = {"Step": step.value, "SecretId": SECRET, "ClientRequestToken": token}
    rotate(event, compose(ENVIRONMENT, aws, lambda: RecordedEcs(calls)))


def test_the_issuer_is_told_once_and_the_new_value_works(partner: Issuer) -> None:
    """With the version's id as idempotency key; a repetition finds that it is taken already."""
    aws = secret_of(partner)
    aws.begin(SECRET, "one")
    for step in STEPS:
        take(aws, step)
        take(aws, step)
    (told,) = partner.told
    assert (told["version"], told["key"]) == ("one", "one")
    assert aws.current(SECRET) == told["value"] == partner.takes[-1]


def test_the_value_before_may_tell_when_the_current_one_is_not_taken(partner: Issuer) -> None:
    """A rotation that ended here and not there: the issuer still has the one before."""
    aws = secret_of(partner)
    aws.put_secret_value(SecretId=SECRET, SecretString="second")
    aws.begin(SECRET, "one")
    take(aws, RotationStep.CREATE)
    take(aws, RotationStep.SET)
    assert len(partner.told) == 1


def test_an_untold_value_is_not_made_current(partner: Issuer) -> None:
    """testSecret and finishSecret ask the issuer; the live value stays."""
    aws = secret_of(partner)
    aws.begin(SECRET, "one")
    take(aws, RotationStep.CREATE)
    for step in (RotationStep.TEST, RotationStep.FINISH):
        with pytest.raises(RotationError, match="does not take the value"):
            take(aws, step)
    assert aws.current(SECRET) == "first"


def test_an_issuer_that_knows_neither_value_stops_the_rotation(partner: Issuer) -> None:
    """Somebody changed it there: the message says what to do, and has no part of a value."""
    aws = secret_of(partner)
    partner.takes = ["another"]
    aws.begin(SECRET, "one")
    take(aws, RotationStep.CREATE)
    with pytest.raises(RotationError, match="neither the current value nor the one before"):
        take(aws, RotationStep.SET)


@pytest.mark.parametrize(
    ("status", "said"), [(500, "answers 500"), (302, "answers 302"), (429, "answers 429")]
)
def test_an_answer_that_is_neither_yes_nor_no_fails_the_step(partner: Issuer, status: int, said: str) -> None:
    """It comes again later. A redirect is not followed: it would carry the credential away."""
    aws = secret_of(partner)
    aws.begin(SECRET, "one")
    take(aws, RotationStep.CREATE)
    partner.answer = status
    with pytest.raises(RotationError, match=f"answers {status}"):
        take(aws, RotationStep.SET)
    assert partner.told == []


def test_an_issuer_that_is_not_there_fails_the_step() -> None:
    """Without the address or the value in the message."""
    nobody = CalledIssuer(
        tell_url="http://127.0.0.1:1/", test_url="http://127.0.0.1:1/", known=lambda: ["secret-text"]
    )
    with pytest.raises(RotationError, match="not reached") as error:
        nobody.test("secret-text")
    assert "secret-text" not in error.value.message


def test_without_addresses_nothing_is_told() -> None:
    """A secret whose tags lost them: refused, not generated and forgotten."""
    aws = SecretsManager()
    aws.tags[SECRET] = {"myelin:rotation": "call"}
    aws.begin(SECRET, "one")
    with pytest.raises(RotationError, match="addresses of the issuer are missing"):
        take(aws, RotationStep.CREATE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    rotations=st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=3),
    kills=st.lists(st.none() | st.integers(0, 3), min_size=3, max_size=3),
)
def test_whatever_is_repeated_or_cut_off_the_live_value_is_taken(
    partner: Issuer, rotations: list[list[int]], kills: list[int | None]
) -> None:
    """Steps in any order, repeated, refused, killed between two writes: the issuer takes the current value at
    every point at which it was not told another one twice since; a whole rotation after it succeeds.
    """
    partner.takes, partner.told = ["first"], []
    aws = secret_of(partner)
    for number, steps in enumerate(rotations):
        token = f"rotation-{number}"
        aws.begin(SECRET, token)
        kill = kills[number]
        aws.killed_after = None if kill is None else aws.writes + kill
        told = len(partner.told)
        for index in steps:
            with suppress(RotationError, KilledError):
                take(aws, STEPS[index], token)
            assert len(partner.told) <= told + 1
            assert aws.current(SECRET) in partner.takes
        aws.killed_after = None
        if aws.current(SECRET) != partner.takes[-1]:
            # told and not finished: Secrets Manager takes the same rotation again before it begins another
            for step in STEPS:
                take(aws, step, token)
    aws.begin(SECRET, "last")
    for step in STEPS:
        take(aws, step, "last")
    assert aws.current(SECRET) == partner.takes[-1]
