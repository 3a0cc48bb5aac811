"""The examples of docs/gate.md; tests/end_to_end/governing/test_gate.py runs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from components.declarations import load_services
from sandbox.cloud.tasks.images import ImageTable
from tests.support.documents import gate_examples
from tests.support.paths import ROOT

PROGRAMS = ("services/quotes/main.py", "services/rates/app.js", "services/stock/main.go")


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_application_behind_the_gate_is_under_twenty_lines(program: str) -> None:
    """Whatever it is written in, blank lines left out. GOV-4"""
    [text] = [text for path, text, _ in gate_examples.files() if path == program]
    assert len([line for line in text.splitlines() if line.strip()]) < 20


def test_the_declarations_are_honoured_together(tmp_path: Path) -> None:
    """With those of the project; the images of all of them, and of the gate, are in the table."""
    shutil.copytree(ROOT / "services", tmp_path / "services", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "policies/calls/rules", tmp_path / "policies/calls/rules")
    gate_examples.follow(tmp_path)
    services = load_services(tmp_path / "services")
    assert services.images == ("axon", "orbit", "quotes", "rates", "stock", "gate")
    table = ImageTable.load(tmp_path / "services" / "images.toml")
    for image in services.images:
        assert table.find(f"sandbox/{image}:0.1.0").command
