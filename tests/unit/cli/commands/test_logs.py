"""Which lines `myelin logs` shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]
GROUPS = {"axon": "/axon", "governance": "/governance", "governance-admin": "/admin"}
HOUR = 3600


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `myelin logs` where each writer has a line of now for `c-1`, and an older one for `c-2`."""
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        for service, group in GROUPS.items():
            client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName="s")
            client.put_log_events(logGroupName=group, logStreamName="s", logEvents=list(events(service)))
        use_world(
            monkeypatch,
            lambda session: fake_world(
                tmp_path, session.environment, recorded=dict(OUTPUTS), clients={"logs": client}
            ),
        )

        def runs(*arguments: str) -> Result:
            return CliRunner().invoke(app, ["logs", *arguments, "--project", str(ROOT)])

        yield runs


def events(service: str) -> Iterator[dict[str, Any]]:
    for age, correlation_id in ((2 * HOUR, "c-2"), (1, "c-1")):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
        record = {
            "timestamp": stamp,
            "service": service,
            "level": "info",
            "message": "received",
            "correlation_id": correlation_id,
            "bytes": 3,
            "nested": {},
        }
        yield {"timestamp": int((time.time() - age) * 1000), "message": json.dumps(record)}


def shown(result: Result) -> list[tuple[str, str]]:
    """Writer and correlation id of each line."""
    assert result.exit_code == 0, result.output
    return [(line["service"], line["correlation_id"]) for line in json.loads(result.stdout)]


def test_lines_of_the_last_hour_are_shown(run: Run) -> None:
    """Of all writers, and `--since` goes further back."""
    assert shown(run("--json")) == [(service, "c-1") for service in GROUPS]
    assert len(shown(run("--since", "3h", "--json"))) == 2 * len(GROUPS)


def test_options_pick_lines(run: Run) -> None:
    """One writer, one call, the newest; and all of these together."""
    assert shown(run("--service", "axon", "--json")) == [("axon", "c-1")]
    assert shown(run("--correlation-id", "c-2", "--since", "1d", "--json")) == [
        (service, "c-2") for service in GROUPS
    ]
    assert shown(run("--limit", "1", "--since", "1d", "--json"))[0][1] == "c-1"
    assert shown(run("--service", "axon", "-c", "c-2", "--since", "1d", "--limit", "1", "--json")) == [
        ("axon", "c-2")
    ]


def test_line_for_people(run: Run) -> None:
    """Time, writer, level, message, and what else is short; the id only where it was not asked for."""
    [line] = run("--service", "axon").stdout.splitlines()
    assert line.split()[1:] == ["axon", "INFO", "received", "bytes=3"]


def test_no_lines_are_said(run: Run) -> None:
    """On stderr, so that a script sees nothing."""
    ran = run("--correlation-id", "c-3")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr == "no lines; logs arrive within a second of being written\n"
    assert run("--correlation-id", "c-3", "--json").stdout == "[]\n"


def test_environment_is_that_of_the_option(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the last argument or with --env."""
    opened = use_world(
        monkeypatch,
        lambda session: fake_world(tmp_path, session.environment, recorded=dict(OUTPUTS), clients={}),
    )
    for arguments in (["dev"], ["--env", "dev"], []):
        run(*arguments)
    assert opened == ["dev", "dev", "sandbox"]
