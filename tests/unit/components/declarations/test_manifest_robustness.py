"""Declarations with any value under any key."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations.errors import DeclarationError
from components.declarations.loader import load_services
from tests.support.recording.declarations import minimal, write

BASE = minimal("solo", 9000)
KEYS = (
    *(
        "description",
        "tier",
        "port",
        "cpu",
        "memory",
        "intents",
        "runtime",
        "health",
        "scaling",
        "objectives",
        "ingress",
    ),
    *("calls", "secrets", "environment", "zzz", "health.path", "scaling.min", "ingress.paths", "secrets.a"),
    *("environment.A", "objectives.latency_p99_ms", "tier.x", "calls.x", "intents.x", "ingress.client"),
)
VALUES = (
    *("1", "-1", "1.5", "true", '"x"', "[]", "[1]", '["a"]', "{}", "{a=1}", '{a="b"}', "[[1]]", "[{a=1}]"),
    *("1979-05-27", "{a={b=1}}", '[{service="x", intent="y"}]', "[{service={}, intent=[]}]"),
)


@pytest.mark.parametrize("key", KEYS)
def test_whatever_value_a_key_has_the_answer_is_one_error_on_its_line(key: str, tmp_path: Path) -> None:
    """Every key with every kind of value: accepted, or one declaration error, and nothing else is raised."""
    others = "".join(line for line in BASE.splitlines(keepends=True) if not line.startswith(f"{key} "))
    line = len(others.splitlines()) + 1
    for value in VALUES:
        services = write(tmp_path, solo=others + f"{key} = {value}\n")
        error = _refusal(services)
        assert error is None or (error.line in (1, line) and error.message[0].lower() == error.message[0]), (
            value
        )


def _refusal(services: Path) -> DeclarationError | None:
    """The error that declarations meet, if any."""
    try:
        load_services(services)
    except DeclarationError as error:
        return error
    return None


def test_no_services_at_all(tmp_path: Path) -> None:
    """An empty folder, or none, is an error and not an empty platform."""
    with pytest.raises(DeclarationError) as caught:
        load_services(tmp_path / "services")
    assert (caught.value.message, caught.value.hint) == (
        "no service is declared",
        "add a folder with a service.toml, such as services/payments/service.toml",
    )


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named as such."""
    path = write(tmp_path, solo=BASE) / "solo" / "service.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DeclarationError) as caught:
        load_services(tmp_path / "services")
    assert (caught.value.message, caught.value.path) == ("the file is not UTF-8 text", path)
