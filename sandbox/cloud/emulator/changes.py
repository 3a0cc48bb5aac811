"""Tells subscribers which AWS service a call has just changed, so that nothing has to poll."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse, capture

log = logging.getLogger(__name__)


class Changes:
    """Subscribers by AWS service. Callbacks run in the thread of the call, so they must not block."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._lock = threading.Lock()

    def subscribe(self, service: str, callback: Callable[[], None]) -> None:
        """Run `callback` after each successful mutating call to a service, named as in signatures (`ecs`)."""
        with self._lock:
            self._subscribers[service].append(callback)

    def announce(self, service: str) -> None:
        """Run the callbacks of a service; one that fails is logged, and the others still run."""
        with self._lock:
            callbacks = tuple(self._subscribers.get(service, ()))
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("a subscriber to changes of %s failed", service)


class ChangesMiddleware:
    """WSGI middleware that announces each mutating call after it has succeeded."""

    def __init__(self, application: Application, changes: Changes) -> None:
        self._application = application
        self._changes = changes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the call on; announce it when it succeeded."""
        call = identify(environ)
        if not call.mutating or not call.service:
            return self._application(environ, start_response)
        answer = capture(self._application, environ)
        if answer.succeeded:
            self._changes.announce(call.service)
        return answer.send(start_response)
