"""The root of the sandbox's errors."""

from __future__ import annotations

from sandbox.errors import NotLoopbackError, SandboxError


def test_an_error_has_words_and_a_hint() -> None:
    """Message and hint stand apart, and a failure is no bad input unless its class says so."""
    error = SandboxError("the port is taken", hint="choose another")
    assert (str(error), error.message, error.hint) == (
        "the port is taken",
        "the port is taken",
        "choose another",
    )
    assert not error.bad_input


def test_another_machine_is_bad_input() -> None:
    """An endpoint elsewhere is named, and the hint says what deploys to AWS."""
    error = NotLoopbackError("https://sts.amazonaws.com")
    assert error.bad_input
    assert "`https://sts.amazonaws.com`" in error.message
    assert "pulumi up" in error.hint
