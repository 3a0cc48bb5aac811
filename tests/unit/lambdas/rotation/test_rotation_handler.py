"""The events that Secrets Manager sends, and what the function makes of them. SEC-2."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.rotation.errors import RotationError
from lambdas.rotation.handler import compose, rotate
from lambdas.rotation.steps import Request, RotationStep, read_event
from lambdas.rotation.versions import CURRENT, PENDING, Secrets, Versions
from tests.support.rotation.secrets_manager import SecretsManager

EVENT = {"Step": "createSecret", "SecretId": "arn:signing", "ClientRequestToken": "one"}
ENVIRONMENT = {
    "GRANT_SIGNING_KEY": "arn:signing",
    "GRANT_KEYS": "arn:public",
    "GRANT_BOUND_SECONDS": "30",
    "GRANT_KEY_CACHE_SECONDS": "60",
}


@pytest.mark.parametrize(
    ("spelled", "step"),
    [
        ("create_secret", RotationStep.CREATE),
        ("set_secret", RotationStep.SET),
        ("test_secret", RotationStep.TEST),
        ("finish_secret", RotationStep.FINISH),
        *((step.value, step) for step in RotationStep),
    ],
)
def test_both_spellings_of_a_step_are_read(spelled: str, step: RotationStep) -> None:
    """AWS documents `createSecret` and `create_secret`."""
    assert read_event(EVENT | {"Step": spelled}).step is step


def test_the_rotation_token_is_optional() -> None:
    """An event may carry a proof; an empty one is none."""
    assert read_event(EVENT).proof() == {}
    assert read_event(EVENT | {"RotationToken": ""}).proof() == {}
    assert read_event(EVENT | {"RotationToken": "t"}).proof() == {"RotationToken": "t"}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        EVENT | {"Step": "deleteSecret"},
        EVENT | {"SecretId": ""},
        EVENT | {"ClientRequestToken": 5},
    ],
)
def test_events_that_are_no_step_are_refused(event: Any) -> None:
    """A made-up event is refused before anything is read or written."""
    with pytest.raises(RotationError):
        read_event(event)


def test_the_four_steps_make_the_first_key() -> None:
    """The composed function, step after step as Secrets Manager calls it."""
    aws = SecretsManager()
    aws.begin("arn:signing", "one")
    kinds = compose(ENVIRONMENT, aws)
    for step in RotationStep:
        rotate(EVENT | {"Step": step.value}, kinds)
    assert aws.current("arn:signing")
    assert aws.current("arn:public")


def test_a_secret_that_is_not_its_own_is_refused() -> None:
    """The function rotates the secrets that it was deployed for, whoever invokes it."""
    with pytest.raises(RotationError, match="none of the secrets"):
        rotate(EVENT | {"SecretId": "arn:other"}, compose(ENVIRONMENT, SecretsManager()))


@pytest.mark.parametrize("missing", sorted(ENVIRONMENT))
def test_a_missing_setting_ends_the_start(missing: str) -> None:
    """A function without one of its settings does not start."""
    with pytest.raises(KeyError, match=missing):
        compose({name: value for name, value in ENVIRONMENT.items() if name != missing}, SecretsManager())


def test_labels_move_once() -> None:
    """Making a version current that is current already writes nothing."""
    aws = SecretsManager()
    aws.begin("s", "one")
    request = Request(step=RotationStep.FINISH, secret_id="s", token="one", rotation_token=None)
    secrets = Secrets(aws)
    secrets.put_pending(request, "x")
    secrets.make_current(request, secrets.versions(request))
    assert secrets.versions(request) == Versions(labels={"one": (CURRENT,)})
    assert secrets.versions(request).holder(PENDING) is None
    before = aws.writes
    secrets.make_current(request, secrets.versions(request))
    assert aws.writes == before
