"""What is said of releases that are not there."""

from __future__ import annotations

import pytest

from cli.releases.errors import UnknownReleaseError


@pytest.mark.parametrize(("newest", "known"), [(0, "there is none yet"), (3, "there are 1 to 3")])
def test_an_unknown_release_is_named_with_those_there_are(newest: int, known: str) -> None:
    """It is a mistake in what was typed."""
    error = UnknownReleaseError(7, "dev", newest)
    assert error.message == "`dev` has no release 7"
    assert error.hint == f"{known}; list them with `myelin release list dev`"
    assert error.bad_input
