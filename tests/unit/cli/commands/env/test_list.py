"""`myelin env list`."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from cli.commands.env.list import list_environments
from cli.main import app
from tests.support.commands import unused_options
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS


def test_every_option_is_used() -> None:
    """An option that is read nowhere would be a trap."""
    assert unused_options(list_environments) == set()


def test_environments_and_their_settings() -> None:
    """Each with its region, and what its files say otherwise than the code. ENV-1"""
    shown = CliRunner().invoke(app, ["env", "list", "--project", str(ROOT), "--json"])
    found = {one["name"]: one for one in json.loads(shown.stdout)["environments"]}
    assert tuple(found) == ENVIRONMENTS
    assert {one["region"] for one in found.values()} == {"us-east-1"}
    assert found["prod"]["settings"]["confirmChanges"] is True
    assert found["dev"]["settings"]["natGateways"] == 1
    assert "natGateways" not in found["prod"]["settings"]


def test_lines_have_the_same() -> None:
    """An environment a block, a setting a line."""
    lines = CliRunner().invoke(app, ["env", "list", "--project", str(ROOT)]).stdout.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(ENVIRONMENTS)
    assert "  confirmChanges: true" in lines
