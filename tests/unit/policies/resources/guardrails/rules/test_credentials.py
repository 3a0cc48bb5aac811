"""How often keys and secrets rotate, and what caps a role: the edges of both rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN
from policies.resources.guardrails.rules.credentials import BOUNDARY, KEY_DAYS, ROTATION, SECRET_DAYS
from policies.resources.guardrails.subject import Attributes, NotKnownError, Subject, camel
from tests.support.resources.judged import TODAY

LONG_MONTH = 31


def subject(kind: str, **values: Any) -> Subject:
    return Subject(kind=kind, attributes=Attributes(values, camel), taggable=True, today=TODAY)


def key(**values: Any) -> str | None:
    return ROTATION.judge(subject("aws_kms_key", **values))


def secret(**rules: Any) -> str | None:
    return ROTATION.judge(subject("aws_secretsmanager_secret_rotation", rotationRules=rules))


@given(st.integers(90, 2560))
def test_a_key_rotates_within_a_year(days: int) -> None:
    """The last day that is allowed passes and the next one fails, as a number and as a text."""
    for value in (days, str(days)):
        fault = key(enableKeyRotation=True, rotationPeriodInDays=value)
        assert (fault is None) is (days <= KEY_DAYS)


@given(st.integers(1, 1000))
def test_a_secret_rotates_within_ninety_days(days: int) -> None:
    """In days, as a rate of days or as one of hours, of which a part of a day counts whole."""
    ways = (
        {"automaticallyAfterDays": days},
        {"scheduleExpression": f"rate({days} days)"},
        {"scheduleExpression": f"rate({24 * days} hours)"},
        {"scheduleExpression": f"rate({24 * days - 23} hours)"},
    )
    assert {secret(**way) is None for way in ways} == {days <= SECRET_DAYS}


@given(st.sets(st.integers(1, 12), min_size=1))
def test_a_schedule_is_judged_by_its_longest_pause(months: set[int]) -> None:
    """Months that a cron expression lists pass where no pause between them can be longer than 90 days."""
    fault = secret(scheduleExpression=f"cron(0 8 1 {','.join(map(str, months))} ? *)")
    pause = next(
        gap
        for gap in range(12, 0, -1)
        if any(not ({(m + n) % 12 for n in range(1, gap)} & {m % 12 for m in months}) for m in months)
    )
    assert (fault is None) is (pause * LONG_MONTH <= SECRET_DAYS)


@pytest.mark.parametrize(
    ("months", "passes"),
    [
        ("*", True),
        ("*/1", True),
        ("*/2", True),
        ("1/2", True),
        ("JAN-DEC", True),
        ("jan-dec/2", True),
        ("1,3,5-9,NOV", True),
        ("NOV-OCT", True),
        ("*/3", False),
        ("1/3", False),
        ("1", False),
        ("JUN", False),
        ("11/1", False),
        ("NOV-FEB", False),
    ],
)
def test_months_in_every_form(months: str, *, passes: bool) -> None:
    """Names, ranges, also over the turn of the year, and steps; once a quarter is more than 90 days."""
    assert (secret(scheduleExpression=f"cron(0 8 1 {months} ? *)") is None) is passes


@pytest.mark.parametrize("months", ["?", "13", "0", "1-", "JANUARY", "*/0", "1,,2"])
def test_months_that_cannot_be_read(months: str) -> None:
    """What AWS would not take is not judged, and said to be."""
    with pytest.raises(NotKnownError, match="cannot be read"):
        secret(scheduleExpression=f"cron(0 8 1 {months} ? *)")


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"automaticallyAfterDays": 0},
        {"scheduleExpression": ""},
        {"scheduleExpression": "rate(1 week)"},
        {"scheduleExpression": "cron(0 8 1 * ?)"},
        {"scheduleExpression": "at(2027-01-01T00:00:00)"},
    ],
)
def test_a_rotation_that_never_comes_fails(rules: Any) -> None:
    """Without days and without a schedule that comes again, a secret stays what it is."""
    assert secret(**rules) == "the rotation has no interval"
    assert ROTATION.judge(subject("aws_secretsmanager_secret_rotation")) == "the rotation has no interval"


def test_no_days_beside_a_schedule_say_nothing() -> None:
    """AWS tells 0 days of a secret that has a schedule, and then the schedule counts."""
    fault = secret(automaticallyAfterDays=0, scheduleExpression="rate(100 days)")
    assert fault == f"the secret rotates every 100 days, more than {SECRET_DAYS}"


@pytest.mark.parametrize(
    "values",
    [
        {"customerMasterKeySpec": "HMAC_256", "keyUsage": "GENERATE_VERIFY_MAC"},
        {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"},
        {"customKeyStoreId": "cks-1"},
        {"customKeyStoreId": "cks-1", "enableKeyRotation": False},
        {"enableKeyRotation": True, "customKeyStoreId": UNKNOWN},
        {"enableKeyRotation": "true"},
    ],
)
def test_keys_that_kms_rotates_not_pass(values: Any) -> None:
    """Asymmetric keys, those for codes, and those in a custom key store; and keys that do rotate."""
    assert key(**values) is None


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"enableKeyRotation": False},
        {"customKeyStoreId": ""},
        {"customerMasterKeySpec": "", "keyUsage": None},
    ],
)
def test_other_keys_have_to_rotate(values: Any) -> None:
    """What is left out or empty is KMS's default: a symmetric key that does not rotate."""
    assert key(**values) == "`enable_key_rotation` is not true"


@pytest.mark.parametrize(
    "values",
    [
        {"enableKeyRotation": UNKNOWN},
        {"enableKeyRotation": True, "rotationPeriodInDays": UNKNOWN},
        {"enableKeyRotation": True, "rotationPeriodInDays": "often"},
        {"enableKeyRotation": True, "keyUsage": UNKNOWN},
        {"customKeyStoreId": UNKNOWN},
    ],
)
def test_a_key_that_is_not_known_is_not_judged(values: Any) -> None:
    """Where a value to come may pass or fail the key, the rule says neither."""
    with pytest.raises(NotKnownError):
        key(**values)


@pytest.mark.parametrize(
    "rules", [UNKNOWN, {"automaticallyAfterDays": UNKNOWN}, {"scheduleExpression": UNKNOWN}]
)
def test_a_secret_that_is_not_known_is_not_judged(rules: Any) -> None:
    """Where the interval comes with the deployment, the rule says neither."""
    with pytest.raises(NotKnownError):
        ROTATION.judge(subject("aws_secretsmanager_secret_rotation", rotationRules=rules))


def test_an_access_key_fails_whatever_it_says() -> None:
    """No setting makes a user's key rotate, known or not."""
    for values in ({}, {"status": "Inactive"}, {"user": UNKNOWN}):
        assert ROTATION.judge(subject("aws_iam_access_key", **values)) is not None


@pytest.mark.parametrize(
    ("boundary", "passes"), [(None, False), ("", False), ("arn:x", True), (UNKNOWN, True)]
)
def test_an_empty_boundary_is_none(boundary: Any, *, passes: bool) -> None:
    """A boundary that a deployment will bring caps a role; an empty one caps nothing."""
    assert (BOUNDARY.judge(subject("aws_iam_role", permissionsBoundary=boundary)) is None) is passes
