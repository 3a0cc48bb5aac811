"""What `myelin trace` says. OBS-4"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.cloudwatch.traces import TRACE, dispatch
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world


class XRay:
    """One trace."""

    def batch_get_traces(self, TraceIds: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        documents = [{"Document": json.dumps(one)} for one in dispatch()]
        return {"Traces": [{"Id": TRACE, "Segments": documents}] if TraceIds == [TRACE] else []}

    def get_paginator(self, _operation: str) -> XRay:
        return self

    def paginate(self, **_given: Any) -> Any:
        return [{"TraceSummaries": [{"Id": TRACE, "ResponseTime": 0.5, "HasFault": True}]}]


class Logs:
    """One line with the trace's id, in every group."""

    def get_paginator(self, operation: str) -> Logs:
        self.operation = operation
        return self

    def paginate(self, **given: Any) -> Any:
        if self.operation == "describe_log_groups":
            return [{"logGroups": []}]
        line = {"correlation_id": given["filterPattern"].strip('"'), "trace_id": TRACE}
        event = {"message": json.dumps(line), "timestamp": 0, "logStreamName": "s"}
        return [{"events": [event] if line["correlation_id"] == "c" * 32 else []}]


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with one trace."""
    clients = {"xray": XRay(), "logs": Logs()}
    use_world(monkeypatch, lambda _: fake_world(tmp_path, recorded=dict(OUTPUTS), clients=clients))


def _run(*words: str) -> Any:
    return CliRunner().invoke(app, ["trace", *words, "--project", str(ROOT)])


def test_a_trace_is_shown_by_its_id_or_by_a_correlation_id() -> None:
    """The waterfall, and with --json every hop."""
    assert f"trace {TRACE}" in _run(TRACE).stdout
    assert json.loads(_run("c" * 32, "--json").stdout)["id"] == TRACE


def test_traces_are_listed_and_a_map_is_drawn() -> None:
    """OBS-4: how many were looked at is said."""
    assert _run("--slowest").stdout.splitlines()[-1] == "1 of 1 traces"
    listed = json.loads(_run("--errors", "--json").stdout)
    assert (listed["complete"], listed["traces"][0]["fault"]) == (True, True)
    assert json.loads(_run("--map", "--json").stdout)["traces"] == 1
    assert "web" in _run("--map").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([TRACE, "--slowest"], "one trace is shown whole"),
        (["1-00000000-000000000000000000000000"], "there is no trace"),
        (["d" * 32], "names a trace"),
    ],
)
def test_what_is_not_there_is_an_error(words: list[str], said: str) -> None:
    """Exit 2, and what to do."""
    found = _run(*words)
    assert found.exit_code == 2
    assert said in found.stderr
