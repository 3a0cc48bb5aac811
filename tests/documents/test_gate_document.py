"""The examples of docs/gate.md; tests/end_to_end/governing/test_gate.py runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.terminal.program import program_name
from components.declarations import load_services
from sandbox.cloud.tasks.images import ImageTable
from tests.support.documents import gate_examples
from tests.support.recording.project_copy import copy_sources

PROGRAMS = ("services/quotes/main.py", "services/rates/app.js", "services/stock/main.go")


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_application_behind_the_gate_is_under_twenty_lines(program: str) -> None:
    """Whatever it is written in, blank lines left out. GOV-4"""
    [text] = [text for path, text, _ in gate_examples.files() if path == program]
    assert len([line for line in text.splitlines() if line.strip()]) < 20


def test_the_declarations_are_honoured_together(tmp_path: Path) -> None:
    """With those of the project, and what the command writes, which says what is shown; the images of all of
    them, and of the gate, are in the table.
    """
    root = copy_sources(tmp_path / "project")
    said = gate_examples.follow(root)
    program = program_name()
    assert [line.split() for line in said] == [
        line.replace("myelin ", f"{program} ", 1).split() for line in gate_examples.command()[1]
    ]
    services = load_services(root / "services")
    assert services.images == ("axon", "greetings", "orbit", "quotes", "rates", "stock", "gate")
    table = ImageTable.load(root / "services" / "images.toml")
    for image in services.images:
        assert table.find(f"sandbox/{image}:0.1.0").command
