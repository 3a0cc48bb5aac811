"""The control API."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sandbox.cloud.emulator.control import ControlMiddleware
from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication


@pytest.fixture
def stopped() -> list[bool]:
    return []


@pytest.fixture
def ask(
    recorder: RecordingApplication, environ: Callable[..., Environ], stopped: list[bool]
) -> Callable[..., WsgiResponse]:
    layer = ControlMiddleware(
        recorder,
        ping=lambda: {"incarnation": "i"},
        status=lambda: {"services": []},
        shutdown=lambda: stopped.append(True),
        token="shown",
    )
    shown = {"HTTP_AUTHORIZATION": "Bearer shown"}
    return lambda method, path, **keys: capture(
        layer, environ("", method=method, PATH_INFO=path, **{**shown, **keys})
    )


def test_ping_and_status_answer_documents(ask: Callable[..., WsgiResponse]) -> None:
    """Both are JSON."""
    assert json.loads(ask("GET", "/_myelin/ping").body) == {"incarnation": "i"}
    assert json.loads(ask("GET", "/_myelin/status").body) == {"services": []}


def test_shutdown_needs_a_post(ask: Callable[..., WsgiResponse], stopped: list[bool]) -> None:
    """Reading the address stops nothing."""
    assert ask("GET", "/_myelin/shutdown").status_code == 405
    assert stopped == []
    assert ask("POST", "/_myelin/shutdown").status_code == 202
    assert stopped == [True]


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Bearer shown2", "bearer shown", "shown", "Bearer ü"]
)
def test_only_who_knows_the_token_is_answered(
    ask: Callable[..., WsgiResponse], stopped: list[bool], shown: str
) -> None:
    """FID-2: another user of this machine cannot read the state file, and so neither reads nor stops it."""
    for method, name in (("POST", "shutdown"), ("GET", "status"), ("GET", "ping"), ("GET", "nothing")):
        assert ask(method, f"/_myelin/{name}", HTTP_AUTHORIZATION=shown).status_code == 403
    assert stopped == []


def test_unknown_names_are_404_and_other_paths_pass(
    ask: Callable[..., WsgiResponse], recorder: RecordingApplication
) -> None:
    """Only what is under the prefix is answered here."""
    assert ask("GET", "/_myelin/nothing").status_code == 404
    assert recorder.calls == []
    assert ask("GET", "/bucket/key").body == b"done"
