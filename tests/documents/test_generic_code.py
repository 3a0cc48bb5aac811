"""Code that serves every service knows none of them by name."""

from __future__ import annotations

from components.declarations import load_services
from tests.support.paths import ROOT
from tests.support.structure import modules

ROUTED = "orbit"
"""The service that is told by its client whom to call."""


def own_folders() -> tuple[str, ...]:
    """Where Axon may be named: in its own code, in that of services that call it, and in tests."""
    callers = load_services(ROOT / "services").callers_of("axon")
    return ("tests", *(f"services/{name}" for name in ("axon", *callers) if name != ROUTED))


def test_generic_code_does_not_name_axon() -> None:
    """No other Python names Axon, in code, strings or docstrings."""
    own = own_folders()
    named = [
        f"{module}:{number}: {line.strip()}"
        for module in modules()
        if not any(module.is_relative_to(folder) for folder in own)
        for number, line in enumerate((ROOT / module).read_text(encoding="utf-8").splitlines(), start=1)
        if "axon" in line.lower()
    ]
    assert named == []
