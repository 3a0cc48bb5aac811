"""What `myelin alarms` says, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands.alarms import alarms
from cli.main import app
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world


class CloudWatch:
    """One alarm, in a state that a test sets."""

    state = "OK"

    def get_paginator(self, _operation: str) -> CloudWatch:
        return self

    def paginate(self, **given: object) -> list[dict[str, object]]:
        described = {"AlarmName": "dev/axon", "StateValue": self.state, "AlarmActions": ["topic"]}
        return [{"CompositeAlarms": [described]}] if given["AlarmNamePrefix"] == "dev/" else []


@pytest.mark.parametrize(("state", "code"), [("OK", 0), ("ALARM", 3)])
def test_a_red_alarm_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    """OBS-3: exit 3 only where it is asked for; its help says so."""
    assert "tells somebody" in (alarms.__doc__ or "")
    cloudwatch = CloudWatch()
    cloudwatch.state = state
    use_world(
        monkeypatch,
        lambda _: fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"cloudwatch": cloudwatch}),
    )
    plain = CliRunner().invoke(app, ["alarms", "--project", str(ROOT)])
    assert plain.exit_code == 0, plain.output
    assert "axon" in plain.stdout
    asked = CliRunner().invoke(app, ["alarms", "axon", "--json", "--exit-code", "--project", str(ROOT)])
    assert asked.exit_code == code
    assert json.loads(asked.stdout)["alarms"][0]["state"] == state
