"""What `myelin load` asks, reports and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.commands.load import _exit_code
from cli.loading import clients
from cli.loading.answers import Answered, LoadReport
from cli.loading.clients import Load
from cli.main import app
from cli.worlds.world import Running
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]


class Clients:
    """Stands in for the clients: gives `outcomes`, keeps the load that was wanted."""

    def __init__(self) -> None:
        self.outcomes = ["200", "200"]
        self.wanted: list[Load] = []

    async def run(self, load: Load, heard: Any, **_: Any) -> float:
        self.wanted.append(load)
        for outcome in self.outcomes:
            heard(Answered(at=0.5, outcome=outcome, seconds=0.01))
        return 1.0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Clients:
    made = Clients()
    monkeypatch.setattr(clients, "run", made.run)
    return made


@pytest.fixture
def run(asked: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin load` in an environment that is reached at `http://lb`."""
    state = Running(services=(), functions=(), address="http://lb", started_at="")
    use_world(
        monkeypatch,
        lambda session: fake_world(tmp_path, session.environment, recorded=dict(OUTPUTS), state=state),
    )
    return lambda *arguments: CliRunner().invoke(app, ["load", *arguments, "--project", str(ROOT)])


def test_the_options_are_the_load(run: Run, asked: Clients) -> None:
    """Who asks how often for what, and how long."""
    options = ["--concurrency", "100", "--requests", "20000", "--for", "5m", "--fresh"]
    assert (
        run(
            "reason", *options, "--target", "axon", "--timeout", "3", "--payload", '{"input": "why"}'
        ).exit_code
        == 0
    )
    assert asked.wanted == [
        Load(
            url="http://lb/dispatch",
            body={"intent": "reason", "target": "axon", "payload": {"input": "why"}},
            requests=20000,
            concurrency=100,
            seconds=300,
            timeout=3.0,
            fresh=True,
        )
    ]


def test_json_is_one_document(run: Run) -> None:
    """The report alone is on stdout."""
    document = json.loads(run("reason", "--json").stdout)
    assert (document["requests"], document["done"], document["per_second"]) == (2, 2, 2.0)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["200"], 0),
        (["200", "403 denied-by-policy forbidden"], 5),
        (["403 denied-by-policy forbidden", "503 busy"], 1),
        (["no answer in time"], 1),
    ],
)
def test_the_exit_code_says_how_it_went(run: Run, asked: Clients, outcomes: list[str], code: int) -> None:
    """5 only if each that was not done was denied."""
    asked.outcomes = outcomes
    assert run("reason").exit_code == code


def test_a_load_without_a_request_is_done() -> None:
    """A time limit may be over before the first: nothing failed."""
    assert _exit_code(LoadReport(concurrency=1, seconds=0.0, answers=[])) == 0


def test_the_page_is_written(run: Run, tmp_path: Path) -> None:
    """Where --html says, and stderr names it."""
    file = tmp_path / "load.html"
    ran = run("reason", "--html", str(file))
    assert ran.exit_code == 0
    assert "reason: 2 requests" in file.read_text(encoding="utf-8")
    assert str(file.name) in ran.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fresh", "--tenant", "acme"], "--fresh makes up the tenants"),
        (["--fresh", "--token", "a.b.c"], "--fresh makes up tenants, and a token says its own"),
        (["--payload", "{"], "--payload is not JSON"),
        (["--for", "soon"], "--for `soon` is not a time"),
        (["--html", "nowhere/load.html"], "there is no folder"),
        (["--concurrency", "0"], "--concurrency"),
    ],
)
def test_mistakes_are_named_before_anything_is_asked(
    run: Run, asked: Clients, options: list[str], said: str
) -> None:
    """Exit 2, the flag and what to do; no request."""
    ran = run("reason", *options)
    assert (ran.exit_code, asked.wanted) == (2, [])
    assert said in " ".join(ran.stderr.split())
