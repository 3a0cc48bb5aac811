"""The page of a load."""

from __future__ import annotations

import re

from cli.loading.answers import Answered, LoadReport
from cli.loading.page import page


def test_the_page_needs_nothing_else() -> None:
    """It has the report, three plots and the program that draws them; nothing is fetched from elsewhere."""
    answers = [Answered(at=n / 10, outcome="200", seconds=0.01) for n in range(30)]
    answers.append(Answered(at=2.0, outcome="503 busy", seconds=0.5))
    made = page(LoadReport(concurrency=5, seconds=3.0, answers=answers), title="reason: <b>")
    assert "<title>reason: &lt;b&gt;</title>" in made
    assert "requests   31 by 5 clients" in made
    assert "not done   1: 503 busy" in made
    assert "Plotly.newPlot" in made
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", made) == []
