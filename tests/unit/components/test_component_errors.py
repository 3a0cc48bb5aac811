"""The root of the components' errors."""

from __future__ import annotations

from components.errors import ComponentError


def test_message_and_hint_stay_apart() -> None:
    """Each surface lays them out in its own way; the text of the error is the message."""
    error = ComponentError("the zone is unknown", hint="name another one")
    assert (error.message, error.hint, str(error)) == (
        "the zone is unknown",
        "name another one",
        "the zone is unknown",
    )
    assert ComponentError.bad_input is False
