"""What became of each request, and all of it together. Pure."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DONE = "200"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One request: when it ended (seconds after the beginning), how, and how long its last attempt took.

    `returned` is how often its client was told to come back and did; `hops` are the milliseconds by hop that
    the answer names.
    """

    at: float
    outcome: str
    seconds: float
    returned: int = 0
    hops: Mapping[str, float] = field(default_factory=dict)


def outcome_of(status: int, body: bytes) -> tuple[str, Mapping[str, float]]:
    """How a request ended, in a few words: status, problem and reason; and the time by hop, if it is told."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    answer: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if status == 200:
        hops = answer.get("latency_ms")
        return DONE, hops if isinstance(hops, dict) else {}
    slug = str(answer.get("type", "")).rpartition(":")[2]
    return " ".join(filter(None, (str(status), slug, str(answer.get("reason_code", ""))))), {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of the requests that were done, in milliseconds."""

    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """A load and what became of it."""

    concurrency: int
    seconds: float
    answers: Sequence[Answered]

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many requests ended how, the most frequent first."""
        return dict(Counter(each.outcome for each in self.answers).most_common())

    @property
    def done(self) -> int:
        """How many were answered 200."""
        return self.outcomes.get(DONE, 0)

    @property
    def denied(self) -> int:
        """How many governance denied."""
        return sum(count for outcome, count in self.outcomes.items() if outcome.startswith("403 denied"))

    @property
    def per_second(self) -> float:
        """Done requests a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def returned(self) -> int:
        """How often clients were told to come back."""
        return sum(each.returned for each in self.answers)

    @property
    def latency(self) -> Percentiles | None:
        """Of the done requests; None if there is none."""
        return latency_of([1000 * each.seconds for each in self.answers if each.outcome == DONE])

    @property
    def hops(self) -> Mapping[str, Percentiles]:
        """The time by hop, as the answers name it."""
        found: defaultdict[str, list[float]] = defaultdict(list)
        for each in self.answers:
            for name, milliseconds in each.hops.items():
                found[name].append(milliseconds)
        return {name: latency for name, values in found.items() if (latency := latency_of(values))}

    def document(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "requests": len(self.answers),
            "concurrency": self.concurrency,
            "seconds": round(self.seconds, 3),
            "done": self.done,
            "per_second": round(self.per_second, 1),
            "told_to_come_back": self.returned,
            "outcomes": dict(self.outcomes),
            "latency_ms": _rounded(self.latency),
            "hops_ms": {name: _rounded(latency) for name, latency in self.hops.items()},
        }

    def lines(self) -> Iterator[str]:
        """As text."""
        yield f"requests   {len(self.answers)} by {self.concurrency} clients in {self.seconds:.1f} s"
        yield f"done       {self.done}, {self.per_second:.1f} a second"
        if self.latency:
            yield f"latency    {_shown(self.latency)}"
        for name, latency in self.hops.items():
            if name != "total":
                yield f"  {name:<11}{_shown(latency)}"
        for outcome, count in self.outcomes.items():
            if outcome != DONE:
                yield f"not done   {count}: {outcome}"
        if self.returned:
            yield f"told 503   {self.returned} times to come back later, and came back"


def latency_of(milliseconds: Sequence[float]) -> Percentiles | None:
    """Percentiles of measured values (nearest rank); None without any."""
    if not milliseconds:
        return None
    values = sorted(milliseconds)

    def at(share: float) -> float:
        return values[min(len(values) - 1, int(share * len(values)))]

    return Percentiles(p50=at(0.5), p95=at(0.95), p99=at(0.99), max=values[-1])


def _rounded(latency: Percentiles | None) -> dict[str, float] | None:
    if latency is None:
        return None
    return {name: round(getattr(latency, name), 2) for name in ("p50", "p95", "p99", "max")}


def _shown(latency: Percentiles) -> str:
    rest = f"{latency.p95:.1f} at p95, {latency.p99:.1f} at p99, {latency.max:.1f} at most"
    return f"{latency.p50:.1f} ms median, {rest}"
