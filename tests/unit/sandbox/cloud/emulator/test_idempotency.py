"""Repeats of a marked call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.emulator.idempotency import IdempotencyMiddleware
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication


def marked(environ: Callable[..., Environ], mark: str, action: str = "CreateThing") -> Environ:
    return environ("ecs", HTTP_X_AMZ_TARGET=f"T.{action}", HTTP_X_MYELIN_OPERATION=mark)


def test_repeat_gets_the_stored_answer(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """The same mark is executed once, and its repeat is answered byte for byte the same."""
    layer = IdempotencyMiddleware(recorder)
    first = capture(layer, marked(environ, "a/1"))
    second = capture(layer, marked(environ, "a/1"))
    assert first == second
    assert len(recorder.calls) == 1


def test_other_marks_and_actions_are_executed(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """Another number, and the same mark for another action, are calls of their own."""
    layer = IdempotencyMiddleware(recorder)
    for mark, action in (("a/1", "CreateThing"), ("a/2", "CreateThing"), ("a/1", "TagThing")):
        capture(layer, marked(environ, mark, action))
    assert len(recorder.calls) == 3


def test_unmarked_calls_are_always_executed(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """Without a mark nothing is remembered."""
    layer = IdempotencyMiddleware(recorder)
    for _ in range(2):
        capture(layer, environ("ecs", HTTP_X_AMZ_TARGET="T.CreateThing"))
    assert len(recorder.calls) == 2


def test_failure_is_not_remembered(environ: Callable[..., Environ], recorder: RecordingApplication) -> None:
    """A refused call has changed nothing: its repeat is executed, and then remembered."""
    layer = IdempotencyMiddleware(recorder)
    good = recorder.answer
    recorder.answer = lambda _: WsgiResponse(status="400 Bad Request", headers=(), body=b"no")
    assert capture(layer, marked(environ, "a/1")).status_code == 400
    recorder.answer = good
    assert capture(layer, marked(environ, "a/1")).status_code == 200
    assert capture(layer, marked(environ, "a/1")).headers == (("X-Call", "2"),)


def test_concurrent_repeats_are_executed_once(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """Repeats that arrive while the first is under way wait for it and share its answer."""
    entered, release = threading.Event(), threading.Event()
    done = WsgiResponse(status="200 OK", headers=(), body=b"done")

    def slow(_: Environ) -> WsgiResponse:
        entered.set()
        release.wait(5)
        return done

    recorder.answer = slow
    layer = IdempotencyMiddleware(recorder)
    answers: list[WsgiResponse] = []
    threads = [
        threading.Thread(target=lambda: answers.append(capture(layer, marked(environ, "a/1"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert entered.wait(5)
    release.set()
    for thread in threads:
        thread.join(5)
    assert len(recorder.calls) == 1
    assert len(answers) == 8
    assert len(set(answers)) == 1


@given(marks=st.lists(st.integers(0, 30), max_size=200), capacity=st.integers(1, 10))
def test_memory_is_bounded_and_recent_answers_stay(marks: list[int], capacity: int) -> None:
    """No more answers than the capacity are kept, and a call repeated at once is never executed twice."""
    executed: list[str] = []

    def application(given_environ: Environ, start_response: Any) -> Any:
        executed.append(given_environ["HTTP_X_MYELIN_OPERATION"])
        return WsgiResponse(status="200 OK", headers=(), body=b"").send(start_response)

    layer = IdempotencyMiddleware(application, capacity=capacity)
    for mark in marks:
        for _ in range(2):
            made: Environ = {
                "HTTP_X_MYELIN_OPERATION": str(mark),
                "REQUEST_METHOD": "POST",
                BODY: b"",
                HEADERS: (),
            }
            capture(layer, made)
    assert len(layer._entries) <= capacity
    assert all(left != right for left, right in pairwise(executed))
