"""What governance costs: a dispatch against the bare two hops, in one run, as medians of alternating rounds.

`--prove N` asks N times by 100 clients, watches the memory of the sandbox, and asks again with busy
processors and under a limit of 256 file descriptors. Every load is bounded, and goes to loopback alone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.load.client import Measured, measure
from tests.benchmarks.load.line import bare, deployed
from tests.benchmarks.load.proof import prove, prove_descriptors

WANTED = {
    "reused_1_client_p50": ("at most", 2.5),
    "reused_100_clients_p50": ("at most", 1.4),
    "reused_100_clients_throughput": ("at least", 0.7),
    "reused_20_clients_p99": ("at most", 2.5),
    "fresh_1_client_p50": ("at most", 4.5),
}
"""Ours to the bare two hops."""

Figure = Callable[[Measured, Measured], float]


def p50(ours: Measured, theirs: Measured) -> float:
    """The ratio of the medians."""
    return ours.at(0.5) / theirs.at(0.5)


def p99(ours: Measured, theirs: Measured) -> float:
    """The ratio of the 99th percentiles."""
    return ours.at(0.99) / theirs.at(0.99)


def throughput(ours: Measured, theirs: Measured) -> float:
    """The ratio of requests a second."""
    return ours.per_second / theirs.per_second


SERIES: tuple[tuple[str, int, int, bool, dict[str, Figure]], ...] = (
    ("reused_1_client", 1, 100, False, {"p50": p50}),
    ("fresh_1_client", 1, 60, True, {"p50": p50}),
    ("reused_20_clients", 20, 600, False, {"p99": p99}),
    ("reused_100_clients", 100, 800, False, {"p50": p50, "throughput": throughput}),
)
"""Name, clients, requests, whether each is decided anew, and what is compared."""


def main() -> None:
    """Measure and print; with --json as one document."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7, help="how often each series is measured")
    arguments.add_argument(
        "--prove", type=int, default=0, metavar="N", help="then ask N times by 100 clients"
    )
    arguments.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = arguments.parse_args()
    # ended from outside, it ends what it has started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    document: dict[str, Any] = {"processors": os.cpu_count(), "rounds": chosen.rounds}

    def add(name: str, figures: dict[str, Any]) -> None:
        document[name] = figures
        if not chosen.json:
            _show(name, figures)

    with tempfile.TemporaryDirectory(prefix="myelin-load-") as folder:
        with deployed(Path(folder) / "one") as line, bare() as url:
            for warm in (line.url, url):
                measure(warm, clients=10, total=200)
            if chosen.rounds:
                ratios, measured = _compare(line.url, url, chosen.rounds)
                add("ratios", ratios)
                add("measured", measured)
            if chosen.prove:
                add("proof", prove(line, chosen.prove))
        if chosen.prove:
            with deployed(Path(folder) / "two", descriptors=256) as line:
                add("descriptors", prove_descriptors(line))
    if chosen.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _show(name: str, figures: dict[str, Any]) -> None:
    for key, value in figures.items():
        if name == "ratios":
            word, bound = WANTED[key]
            met = value <= bound if word == "at most" else value >= bound
            sys.stdout.write(f"{key:<32} {value:6.2f}   {word} {bound:g}: {'met' if met else 'NOT met'}\n")
        else:
            sys.stdout.write(f"{key:<32} {value}\n")
    sys.stdout.flush()


def _compare(ours: str, theirs: str, rounds: int) -> tuple[dict[str, float], dict[str, str]]:
    ratios: dict[str, list[float]] = {}
    seen: dict[str, list[tuple[Measured, Measured]]] = {}
    for number in range(rounds):
        for name, clients, total, fresh, figures in SERIES:
            # which of the two is first alternates, so that what changes meanwhile strikes both
            order = (ours, theirs) if number % 2 else (theirs, ours)
            found = {
                url: measure(url, clients=clients, total=total, fresh=fresh and url == ours) for url in order
            }
            for each in found.values():
                assert set(each.outcomes) == {"200"}, each.outcomes
            for figure, ratio in figures.items():
                ratios.setdefault(f"{name}_{figure}", []).append(ratio(found[ours], found[theirs]))
            seen.setdefault(name, []).append((found[ours], found[theirs]))
    shown = {name: _shown(pairs) for name, pairs in seen.items()}
    return {name: round(statistics.median(each), 2) for name, each in ratios.items()}, shown


def _shown(pairs: list[tuple[Measured, Measured]]) -> str:
    """Medians of both: ours, and in brackets the bare two hops."""

    def both(figure: Callable[[Measured], float]) -> str:
        ours, theirs = (statistics.median(figure(pair[side]) for pair in pairs) for side in (0, 1))
        return f"{ours:.1f} ({theirs:.1f})"

    return (
        f"p50 {both(lambda one: one.at(0.5))} ms, p99 {both(lambda one: one.at(0.99))} ms, "
        f"{both(lambda one: one.per_second)} a second"
    )


if __name__ == "__main__":
    main()
