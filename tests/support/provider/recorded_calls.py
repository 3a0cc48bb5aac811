"""The API calls that a run made, kept so that they can be made again without engine and provider.

A benchmark records a deployment (`ApiClients(on_call=recorder)`) and replays the calls with plain clients
against a fresh emulator; the difference is what engine and provider cost. Ids differ from one emulator to
the next, so a replay puts those of its own answers where the recording had those of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sandbox.provider.api_clients import is_mutating

Send = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""Makes one call: service, boto3 method name, parameters; gives the parsed answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One API call: `operation` is boto3's method name, `answer` the parsed answer without metadata."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any]

    @property
    def mutating(self) -> bool:
        """Whether the call changed anything, judged by its name."""
        return is_mutating("".join(word.capitalize() for word in self.operation.split("_")))


class CallRecorder:
    """Collects calls in the order in which they were answered; safe to share between threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._calls: list[RecordedCall] = []
        self._lock = Lock()

    def __call__(
        self, service: str, operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> None:
        """Keep one call; the form that `ApiClients(on_call=...)` wants."""
        kept = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        call = RecordedCall(
            service=service, operation=operation, parameters=deepcopy(dict(parameters)), answer=deepcopy(kept)
        )
        with self._lock:
            self._calls.append(call)

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """The calls so far."""
        with self._lock:
            return tuple(self._calls)


def replay(calls: tuple[RecordedCall, ...], send: Send) -> int:
    """Make the calls again, one after the other, with the new ids in the old ones' place; gives their number.

    To measure, take the time inside `send`: finding ids is no part of the calls.
    Whatever `send` raises is not caught.
    """
    renamed: dict[str, str] = {}
    for call in calls:
        answer = send(call.service, call.operation, _rename(call.parameters, renamed))
        renamed.update(_differences(call.answer, answer))
    return len(calls)


def _rename(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return renamed.get(value) or _rename_inside(value, renamed)
    if isinstance(value, Mapping):
        return {name: _rename(item, renamed) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rename(item, renamed) for item in value]
    return value


def _rename_inside(text: str, renamed: Mapping[str, str]) -> str:
    """Documents and composed names contain ids; only those long enough to be ids are looked for."""
    for old, new in renamed.items():
        if len(old) > _SHORTEST_ID and old in text:
            text = text.replace(old, new)
    return text


_SHORTEST_ID = 11


def _differences(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Pair the texts that stand in the same place of two answers and are not the same."""
    if isinstance(old, str) and isinstance(new, str):
        if old != new:
            yield old, new
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in old.keys() & new.keys():
            yield from _differences(old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _differences(one, other)
