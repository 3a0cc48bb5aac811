"""Who hears of a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.cloud.emulator.changes import Changes, ChangesMiddleware
from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def layer(recorder: RecordingApplication, heard: list[str]) -> ChangesMiddleware:
    changes = Changes()
    changes.subscribe("ecs", lambda: heard.append("ecs"))
    changes.subscribe("lambda", lambda: heard.append("lambda"))
    return ChangesMiddleware(recorder, changes)


def test_successful_change_is_announced_to_its_subscribers(
    layer: ChangesMiddleware, environ: Callable[..., Environ], heard: list[str]
) -> None:
    """Only those who asked for the service hear of it, after the call."""
    capture(layer, environ("ecs", HTTP_X_AMZ_TARGET="T.UpdateService"))
    assert heard == ["ecs"]


def test_reads_and_failures_are_not(
    layer: ChangesMiddleware,
    environ: Callable[..., Environ],
    heard: list[str],
    recorder: RecordingApplication,
) -> None:
    """A read changes nothing, nor does a call that was refused."""
    capture(layer, environ("ecs", HTTP_X_AMZ_TARGET="T.DescribeServices"))
    recorder.answer = lambda _: WsgiResponse(status="400 Bad Request", headers=(), body=b"")
    capture(layer, environ("ecs", HTTP_X_AMZ_TARGET="T.UpdateService"))
    assert heard == []
    assert len(recorder.calls) == 2


def test_failing_subscriber_keeps_nobody_else_from_hearing(
    recorder: RecordingApplication,
    environ: Callable[..., Environ],
    heard: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The call succeeds and the next subscriber hears; the log has the failure."""

    def fail() -> None:
        raise RuntimeError("broken subscriber")

    changes = Changes()
    changes.subscribe("ecs", fail)
    changes.subscribe("ecs", lambda: heard.append("second"))
    answer = capture(
        ChangesMiddleware(recorder, changes), environ("ecs", HTTP_X_AMZ_TARGET="T.CreateService")
    )
    assert answer.status_code == 200
    assert heard == ["second"]
    assert "broken subscriber" in caplog.text
