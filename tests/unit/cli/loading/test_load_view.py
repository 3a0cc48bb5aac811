"""A load as it goes."""

from __future__ import annotations

import pytest

from cli.loading import view
from cli.loading.answers import Answered


def answered(outcome: str = "200") -> Answered:
    return Answered(at=1.0, outcome=outcome, seconds=0.01)


def test_a_line_tells_how_it_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Away from a terminal: counts by outcome and the median, on stderr, every so often."""
    monkeypatch.setattr(view, "EVERY_SECONDS", 0.0)
    with view.watched(3, quiet=False) as heard:
        heard(answered())
        heard(answered("503 busy"))
    assert capsys.readouterr().err.splitlines() == [
        "1/3  200: 1, 10 ms",
        "2/3  200: 1, 503 busy: 1, 10 ms",
    ]


def test_a_quiet_load_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json there is the document alone."""
    monkeypatch.setattr(view, "EVERY_SECONDS", 0.0)
    with view.watched(1, quiet=True) as heard:
        heard(answered())
    assert capsys.readouterr().err == ""
