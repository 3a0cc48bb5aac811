"""Lets one call at a time into each AWS service: moto changes and iterates plain dictionaries without locks.

A call that runs a Lambda function releases its lock meanwhile, because the function calls AWS itself.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse, WsgiResponse, capture

UNORDERED = frozenset({"", "sqs"})
"""Unsigned calls, and SQS, whose ReceiveMessage waits for messages inside the call."""


class ServiceLocks:
    """A lock for each service, which the thread that holds it can release for a while."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._held = threading.local()

    @contextmanager
    def held(self, service: str) -> Iterator[None]:
        """Hold the lock of a service during a block."""
        with self._guard:
            lock = self._locks[service]
        with lock:
            self._held.lock = lock
            try:
                yield
            finally:
                self._held.lock = None

    @contextmanager
    def released(self) -> Iterator[None]:
        """Release the lock that this thread holds, if any, and take it again after the block."""
        lock: threading.Lock | None = getattr(self._held, "lock", None)
        if lock is None:
            yield
            return
        self._held.lock = None
        lock.release()
        try:
            yield
        finally:
            lock.acquire()
            self._held.lock = lock


class ServiceLockMiddleware:
    """WSGI middleware that lets one call at a time through to each service."""

    def __init__(self, application: Application, locks: ServiceLocks) -> None:
        self._application = application
        self._locks = locks

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Wait for the service's lock, and run the call to its end."""
        service = identify(environ).service
        if service in UNORDERED:
            return self._application(environ, start_response)
        with self._locks.held(service):
            answer: WsgiResponse = capture(self._application, environ)
        return answer.send(start_response)
