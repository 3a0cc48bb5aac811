from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.axon.app import AxonSettings
from services.runtime.errors import ServiceSettingsError
from services.runtime.settings import CallerSettings, CallSettings, RuntimeSettings, read_settings

ENVIRON = {
    "MYELIN_SERVICE": "orbit",
    "MYELIN_ENVIRONMENT": "dev",
    "MYELIN_VERSION": "1.2.3",
    "AWS_REGION": "eu-central-1",
    "PORT": "8080",
    "CALLS": json.dumps(
        [{"service": "axon", "intent": "reason", "url": "http://axon:8081", "signing_secret": "arn:s"}]
    ),
    "CALLERS": json.dumps([{"service": "edge", "signing_secret": "arn:t"}]),
    "PATH": "/usr/bin",
}


def test_all_variables_of_a_task_definition_are_read() -> None:
    """Settings come from the environment alone (ENV-1), JSON lists included."""
    settings = read_settings(RuntimeSettings, ENVIRON)

    assert settings.service == "orbit"
    assert settings.port == 8080
    assert settings.calls == (
        CallSettings(service="axon", intent="reason", url="http://axon:8081", signing_secret="arn:s"),
    )
    assert settings.callers == (CallerSettings(service="edge", signing_secret="arn:t"),)
    assert settings.log_level == "INFO"


def test_an_empty_variable_counts_as_unset() -> None:
    """A variable that is set to nothing gives the default."""
    assert read_settings(RuntimeSettings, {**ENVIRON, "LOG_LEVEL": "", "CALLS": ""}).calls == ()


@pytest.mark.parametrize("variable", ["MYELIN_SERVICE", "MYELIN_ENVIRONMENT", "MYELIN_VERSION", "AWS_REGION"])
def test_a_missing_variable_is_named(variable: str) -> None:
    """What is not set is named, exactly."""
    with pytest.raises(ServiceSettingsError) as caught:
        read_settings(RuntimeSettings, {name: value for name, value in ENVIRON.items() if name != variable})

    assert caught.value.message == f"environment variable `{variable}` is not set"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("PORT", "99999", "is not valid: input should be less than or equal to 65535"),
        (
            "PORT",
            "http",
            "is not valid: input should be a valid integer, unable to parse string as an integer",
        ),
        ("LOG_LEVEL", "LOUD", "is not valid: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("CALLS", "[", "is not valid: invalid JSON: EOF while parsing a list at line 1 column 1"),
        ("CALLS", '[{"service":"axon"}]', "is not valid at `0.intent`: field required"),
        ("MYELIN_SERVICE", "Not A Label", "is not valid: string should match pattern"),
    ],
)
def test_a_variable_that_is_not_valid_is_named(variable: str, value: str, problem: str) -> None:
    """What is not valid is named with the place inside it, and its value is not repeated."""
    with pytest.raises(ServiceSettingsError) as caught:
        read_settings(RuntimeSettings, {**ENVIRON, variable: value})

    assert caught.value.variable == variable
    assert caught.value.message.startswith(f"environment variable `{variable}` {problem}")


def test_one_error_names_all_that_is_wrong() -> None:
    """Several faults give one error, with the first in full."""
    with pytest.raises(ServiceSettingsError) as caught:
        read_settings(RuntimeSettings, {**ENVIRON, "PORT": "0", "LOG_LEVEL": "LOUD"})

    assert caught.value.others == ("LOG_LEVEL",)
    assert "(also wrong: `LOG_LEVEL`)" in caught.value.message


@given(st.text(min_size=1, max_size=15))
def test_a_secret_is_never_repeated(value: str) -> None:
    """A secret that is too short does not show up in the error, nor does a good one in the settings' text."""
    environ = {**ENVIRON, "MYELIN_SERVICE": "axon"}
    secret = f"{value}\N{SNOWMAN}"[:15]
    with pytest.raises(ServiceSettingsError) as caught:
        read_settings(AxonSettings, {**environ, "HEARTBEAT_KEY": secret})

    assert caught.value.variable == "HEARTBEAT_KEY"
    assert "\N{SNOWMAN}" not in caught.value.message
    good = read_settings(AxonSettings, {**environ, "HEARTBEAT_KEY": "correct-horse-battery"})
    assert "correct-horse" not in repr(good)
