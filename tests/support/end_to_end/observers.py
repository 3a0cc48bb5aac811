"""Looks on while something happens to a deployed project: calls it all the time, and samples what it runs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from sandbox.cloud import host as hosts
from tests.support.end_to_end.project import ProjectCopy, had_no_time

_BETWEEN_CALLS = 0.15
_BETWEEN_SAMPLES = 0.1


class Caller:
    """Dispatches one call after the other from a thread, for as long as the block lasts."""

    def __init__(self, project: ProjectCopy, intent: str = "reason", *, target: str | None = None) -> None:
        """Begin with the block."""
        self._url = f"{project.address}/dispatch"
        self._body = {"intent": intent, "target": target}
        self._stop = threading.Event()
        self._between = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="caller", daemon=True)
        self.calls = 0
        """How many were answered 200."""
        self.failures: list[str] = []
        """Every other outcome, but that governance had no time on a busy machine: then it asks again."""

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._stop.set()
        self._thread.join(timeout=40)

    @contextmanager
    def between_calls(self) -> Iterator[None]:
        """While the block lasts, no call is under way."""
        with self._between:
            yield

    def _run(self) -> None:
        with httpx.Client(trust_env=False, verify=False, timeout=20) as client:
            while not self._stop.wait(_BETWEEN_CALLS):
                with self._between:
                    self._call(client)

    def _call(self, client: httpx.Client) -> None:
        try:
            # a tenant of its own, so that no grant from before answers it
            answer = client.post(self._url, json={**self._body, "tenant": uuid.uuid4().hex})
        except httpx.HTTPError as error:
            self.failures.append(f"{type(error).__name__}: {error}")
            return
        if answer.status_code == 200:
            self.calls += 1
        elif not had_no_time(answer):
            self.failures.append(f"{answer.status_code} {answer.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The tasks of one service at one moment: process id and health by id, in the order of their start."""

    tasks: Mapping[str, tuple[int | None, str]]

    @property
    def serving(self) -> frozenset[str]:
        """The ids of the healthy ones."""
        return frozenset(name for name, (_, health) in self.tasks.items() if health == "HEALTHY")


@dataclass
class Watch:
    """Samples the tasks of every service from a thread, for as long as the block lasts."""

    project: ProjectCopy
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    """By service, without repetition."""

    def __post_init__(self) -> None:
        """Look at the sandbox that runs now."""
        self._host = self.project.host
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(_BETWEEN_SAMPLES):
            for service in hosts.status(self._host)["services"]:
                self._take(service["name"], service["tasks"])

    def _take(self, service: str, tasks: Sequence[Mapping[str, Any]]) -> None:
        sample = Sample(tasks={task["id"]: (task["pid"], task["health"]) for task in tasks})
        seen = self.samples.setdefault(service, [])
        if not seen or seen[-1] != sample:
            seen.append(sample)
