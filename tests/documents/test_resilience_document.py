"""What docs/failure-resilience.md says was tested, is a test that there is."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

PATH = re.compile(r"`(tests/[\w/.-]+)`")


def test_every_test_that_is_named_exists() -> None:
    """A scenario without a test says so in words."""
    text = (ROOT / "docs" / "failure-resilience.md").read_text(encoding="utf-8")
    assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []
    scenarios = [line for line in text.splitlines() if line.startswith("| ") and "tested by" not in line]
    assert all(PATH.search(line) or "**not tested**" in line for line in scenarios)
