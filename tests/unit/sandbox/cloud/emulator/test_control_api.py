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
    )
    return lambda method, path, **keys: capture(layer, environ("", method=method, PATH_INFO=path, **keys))


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


def test_web_pages_are_kept_out(ask: Callable[..., WsgiResponse], stopped: list[bool]) -> None:
    """A request with an origin, or for a host name that was made to point here, is refused."""
    assert ask("POST", "/_myelin/shutdown", HTTP_ORIGIN="http://evil.example").status_code == 403
    assert ask("POST", "/_myelin/shutdown", HTTP_HOST="evil.example:80").status_code == 403
    assert stopped == []


def test_unknown_names_are_404_and_other_paths_pass(
    ask: Callable[..., WsgiResponse], recorder: RecordingApplication
) -> None:
    """Only what is under the prefix is answered here."""
    assert ask("GET", "/_myelin/nothing").status_code == 404
    assert recorder.calls == []
    assert ask("GET", "/bucket/key").body == b"done"
