"""One call at a time for each service."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sandbox.cloud.emulator.locks import ServiceLockMiddleware, ServiceLocks
from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication


def run(layer: ServiceLockMiddleware, environ: Environ) -> threading.Thread:
    thread = threading.Thread(target=capture, args=(layer, environ))
    thread.start()
    return thread


def test_calls_to_one_service_follow_each_other(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """A second call to the service waits; one to another service does not."""
    entered, release, other = threading.Semaphore(0), threading.Event(), threading.Event()
    done = WsgiResponse(status="200 OK", headers=(), body=b"")

    def answer(given: Environ) -> WsgiResponse:
        if "/ecr/" in given["HTTP_AUTHORIZATION"]:
            other.set()
        else:
            entered.release()
            release.wait(5)
        return done

    recorder.answer = answer
    layer = ServiceLockMiddleware(recorder, ServiceLocks())
    threads = [run(layer, environ("ecs")), run(layer, environ("ecs"))]
    assert entered.acquire(timeout=5)
    threads.append(run(layer, environ("ecr")))
    assert other.wait(5)
    assert not entered.acquire(timeout=0.05)
    release.set()
    for thread in threads:
        thread.join(5)
    assert len(recorder.calls) == 3


def test_released_lock_lets_a_nested_call_through(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """While a call has released its lock, another one to its service is carried out; then it goes on."""
    locks = ServiceLocks()
    order: list[str] = []
    done = WsgiResponse(status="200 OK", headers=(), body=b"")
    layer = ServiceLockMiddleware(recorder, locks)

    def answer(given: Environ) -> WsgiResponse:
        if given.get("PATH_INFO") == "/nested":
            order.append("nested")
            return done
        with locks.released():
            nested = run(layer, environ("lambda", PATH_INFO="/nested"))
            nested.join(5)
        order.append("outer")
        return done

    recorder.answer = answer
    run(layer, environ("lambda")).join(5)
    assert order == ["nested", "outer"]


def test_released_without_a_lock_is_nothing() -> None:
    """A thread that holds no lock has none to release."""
    locks, inside = ServiceLocks(), []
    with locks.released(), locks.held("lambda"):
        inside.append("held")
    with locks.held("lambda"):  # which is free again
        inside.append("again")
    assert inside == ["held", "again"]
