"""Why checks cannot be run."""

from __future__ import annotations

import sys

import pytest

from policies.resources.scanning.checkov_runner import load
from policies.resources.scanning.errors import CheckovMissingError, ScanError


def test_checkov_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The part that is missing is named with how to install it, and the streams are left as they were."""
    missing = "checkov.common.checks_infra.registry"
    monkeypatch.setitem(sys.modules, missing, None)
    streams = sys.stdout, sys.stderr
    with pytest.raises(ScanError, match=missing) as caught:
        load()
    assert (sys.stdout, sys.stderr) == streams
    assert isinstance(caught.value, CheckovMissingError)
    assert "pipx install myelin-check" in caught.value.hint


def test_a_scan_that_cannot_begin_is_no_mistake_of_the_input() -> None:
    """It exits 1, as a failure of the machine does, and message and hint stay apart."""
    error = ScanError("it is broken", hint="mend it")
    assert (error.bad_input, str(error), error.message, error.hint) == (
        False,
        "it is broken",
        "it is broken",
        "mend it",
    )
