"""`make bench`: what docs/performance.md reports, as medians and ratios of one run.

Times depend on the machine; ratios between two things measured in the same run do not, or much less.
Every load is bounded in count and time, and goes to loopback alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.benchmarks.checking import Checking, Growth, measure_checking, measure_growth, write_plan
from tests.benchmarks.deployment import Deployment, measure_deployment
from tests.benchmarks.gate import measure_gate
from tests.benchmarks.use import Use, measure_help, measure_use

Item = TypeVar("Item", Use, Deployment, Checking, Growth)


def main() -> None:
    """Measure and print; with --json as one document."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3, help="how often each thing is measured")
    arguments.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="myelin-bench-") as folder:
        root = Path(folder)
        helps = measure_help(rounds=max(5, chosen.rounds))
        uses = [measure_use(root / f"use-{number}") for number in range(chosen.rounds)]
        plan = write_plan(root / "plan.json")
        checks = [measure_checking(plan) for _ in range(max(5, chosen.rounds))]
        (root / "gate").mkdir()
        gates = measure_gate(root / "gate", rounds=7)
        growths = [measure_growth(root) for _ in range(chosen.rounds)]
        deployments = [measure_deployment(root / f"deploy-{number}") for number in range(chosen.rounds)]
    figures = {
        "help_seconds": statistics.median(helps),
        "up_from_nothing_seconds": _median(uses, lambda use: use.up_seconds),
        "first_dispatch_seconds": _median(uses, lambda use: use.first_dispatch_seconds),
        "second_up_seconds": _median(uses, lambda use: use.second_up_seconds),
        "dispatch_p50_ms": _median(uses, lambda use: use.dispatch_p50_ms),
        "dispatch_p99_ms": _median(uses, lambda use: use.dispatch_p99_ms),
        "resident_megabytes": _median(uses, lambda use: use.resident_megabytes),
        "processes": _median(uses, lambda use: use.processes),
        "hop_of_the_kit_ms": statistics.median(gate.kit_ms for gate in gates),
        "hop_through_the_gate_ms": statistics.median(gate.gate_ms for gate in gates),
        "gate_adds_ms": statistics.median(gate.added_ms for gate in gates),
        "aws_calls": _median(deployments, lambda deployment: deployment.calls),
        "deploy_seconds": _median(deployments, lambda deployment: deployment.engine_seconds),
        "boto3_seconds": _median(deployments, lambda deployment: deployment.direct_seconds),
        "deploy_to_boto3": _median(deployments, lambda deployment: deployment.ratio),
        "check_seconds": _median(checks, lambda check: check.check_seconds),
        "check_to_checkov": _median(checks, lambda check: check.ratio),
        "check_50_seconds": _median(growths, lambda growth: growth.few_seconds),
        "check_5000_seconds": _median(growths, lambda growth: growth.many_seconds),
        "check_5000_to_50": _median(growths, lambda growth: growth.ratio),
    }
    about = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "rounds": chosen.rounds,
    }
    if chosen.json:
        print(json.dumps({**about, **{name: round(value, 4) for name, value in figures.items()}}, indent=2))  # noqa: T201
        return
    for name, value in {**about, **figures}.items():
        shown = f"{value:10.3f}" if isinstance(value, float) else value
        sys.stdout.write(f"{name:<26} {shown}\n")


def _median(items: list[Item], value: Callable[[Item], float]) -> float:
    return float(statistics.median(value(item) for item in items))


if __name__ == "__main__":
    main()
