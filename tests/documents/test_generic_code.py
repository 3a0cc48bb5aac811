"""Code that serves every service knows none of them by name."""

from __future__ import annotations

from tests.support.paths import ROOT
from tests.support.structure import modules

OWN = ("services/axon", "tests")
"""Where Axon may be named: in its own code, and in tests."""


def test_generic_code_does_not_name_axon() -> None:
    """No Python outside of Axon's folder and the tests names Axon, in code, strings or docstrings."""
    named = [
        f"{module}:{number}: {line.strip()}"
        for module in modules()
        if not any(module.is_relative_to(folder) for folder in OWN)
        for number, line in enumerate((ROOT / module).read_text(encoding="utf-8").splitlines(), start=1)
        if "axon" in line.lower()
    ]
    assert named == []
