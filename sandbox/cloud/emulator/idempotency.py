"""Gives a repeated call the response that it got the first time.

A client that was cut off cannot know whether its call was carried out. It marks each mutating call with
`X-Myelin-Operation: <operation>/<n>`; a second call with the same mark gets the stored response and is not
executed. Only successes are stored: a call that failed has changed nothing, and may succeed when it is made
again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.cloud.emulator.call import OPERATION_HEADER, AwsCall, identify
from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse, WsgiResponse, capture

CAPACITY = 16_384
"""Responses kept; a large deployment makes about a thousand calls."""

CallKey = tuple[str, str, str]


@dataclass(slots=True)
class _CallEntry:
    answer: WsgiResponse | None = None
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class IdempotencyMiddleware:
    """WSGI middleware that executes each marked call once; concurrent repeats wait for the first."""

    def __init__(self, application: Application, *, capacity: int = CAPACITY) -> None:
        """The least recently used responses beyond `capacity` are forgotten."""
        self._application = application
        self._capacity = capacity
        self._entries: OrderedDict[CallKey, _CallEntry] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Give the stored response, or execute the call and store its response."""
        mark = environ.get(OPERATION_HEADER)
        if not mark:
            return self._application(environ, start_response)
        with self._entry(_call_key(str(mark), identify(environ))) as entry, entry.lock:
            answer = entry.answer
            if answer is None:
                answer = capture(self._application, environ)
                if answer.succeeded:
                    entry.answer = answer
        return answer.send(start_response)

    @contextmanager
    def _entry(self, key: CallKey) -> Iterator[_CallEntry]:
        with self._lock:
            entry = self._entries.setdefault(key, _CallEntry())
            self._entries.move_to_end(key)
            entry.users += 1
        try:
            yield entry
        finally:
            with self._lock:
                entry.users -= 1
                if entry.answer is None and entry.users == 0:
                    del self._entries[key]
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        if len(self._entries) <= self._capacity:
            return
        for key in [key for key, entry in self._entries.items() if entry.users == 0]:
            del self._entries[key]
            if len(self._entries) <= self._capacity:
                return


def _call_key(mark: str, call: AwsCall) -> CallKey:
    return (mark, call.service, call.action)
