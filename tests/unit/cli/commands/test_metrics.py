"""What `myelin metrics` says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.cloudwatch.emulated import emulated_cloudwatch
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world


def test_metrics_of_a_window_in_whole_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OBS-5: as lines and as a document."""
    with emulated_cloudwatch() as cloudwatch:
        use_world(
            monkeypatch,
            lambda _: fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"cloudwatch": cloudwatch}),
        )
        plain = CliRunner().invoke(app, ["metrics", "axon", "--project", str(ROOT)])
        asked = CliRunner().invoke(app, ["metrics", "--since", "90s", "--json", "--project", str(ROOT)])
        wrong = CliRunner().invoke(app, ["metrics", "--since", "soon", "--project", str(ROOT)])
    assert (plain.exit_code, plain.stdout.splitlines()[0]) == (0, "axon")
    document = json.loads(asked.stdout)
    assert (document["seconds"], [one["service"] for one in document["services"]]) == (120, ["axon"])
    assert wrong.exit_code == 2
