"""Settings of a gate."""

from __future__ import annotations

import pytest

from services.gate.settings import GateSettings
from services.runtime.errors import ServiceSettingsError
from services.runtime.settings import read_settings
from tests.support.services.gating import ENVIRON, TOKEN


def test_the_token_is_in_no_representation() -> None:
    """Nor is it in what a log line would show; the port of calls is that of the gate's own URL."""
    settings = read_settings(GateSettings, ENVIRON)
    assert TOKEN not in f"{settings!r}{settings}"
    assert settings.calls_port == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GATE_TOKEN", ""),
        ("GATE_TOKEN", "short"),
        ("APPLICATION_URL", ""),
        ("APPLICATION_URL", "http://example.com:80"),
        ("APPLICATION_URL", "http://127.0.0.1:80/path"),
        ("APPLICATION_HEALTH", "health"),
        ("APPLICATION_HEALTH", "/a b"),
        ("APPLICATION_HEALTH_SECONDS", "0"),
        ("GATE_URL", "http://0.0.0.0:80"),
    ],
)
def test_a_wrong_one_is_named(variable: str, value: str) -> None:
    """An application or a gate that is not on loopback, a token that can be guessed: it does not start."""
    with pytest.raises(ServiceSettingsError) as caught:
        read_settings(GateSettings, ENVIRON | {variable: value})
    assert caught.value.variable == variable
