"""The metrics of services as lines and as a JSON value. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cli.observing.service_metrics import ASKED, ServiceMetrics
from cli.terminal.sparkline import sparkline
from cli.terminal.styling import style


def metric_lines(services: Iterable[ServiceMetrics]) -> Iterator[str]:
    """A block for each service: what it was asked, how it answered, what it asked, what it used."""
    for number, found in enumerate(services):
        if number:
            yield ""
        yield style(found.service, bold=True)
        for name, text, row in _rows(found):
            bars = sparkline(found.rows[row]) if row in found.rows else ""
            yield f"  {name:<10}  {text:<46}  {bars}".rstrip()


def _rows(found: ServiceMetrics) -> Iterator[tuple[str, str, str]]:
    requests = found.total("requests")
    if requests:
        yield "requests", f"{requests:,.0f}, {found.rate:.3g} a second", "requests"
        yield "errors", _share(found.total("errors"), found.error_percent), "errors"
        yield "latency", _percentiles(found), "p99"
    else:
        yield "requests", "none", ""
    if found.total("decisions"):
        denied = _share(found.total("denials"), found.denied_percent)
        yield "decisions", f"{found.total('decisions'):,.0f}, denied {denied}", "denials"
        yield "governance", f"p99 {_number(found, 'governance_p99')} ms", "governance_p99"
    if found.total("calls_not_made"):
        stopped = f"open: {found.total('calls_not_made'):,.0f} attempts stopped"
        yield "breaker", stopped, "calls_not_made"
    elif found.total("decisions"):
        yield "breaker", "stopped nothing", ""
    if "cpu" in found.whole:
        yield "cpu", f"{_number(found, 'cpu')} %, at most {_number(found, 'cpu_max')} %", "cpu_max"
    if "memory" in found.whole:
        memory = f"{_number(found, 'memory')} %, at most {_number(found, 'memory_max')} %"
        yield "memory", memory, "memory_max"
    if "cpu" not in found.whole:
        yield "tasks", "none ran", ""


def _share(count: float, percent: float | None) -> str:
    return f"{count:,.0f} ({percent:.3g} %)" if percent is not None else f"{count:,.0f}"


def _percentiles(found: ServiceMetrics) -> str:
    return ", ".join(f"{name} {_number(found, name)}" for name in ("p50", "p95", "p99")) + " ms"


def _number(found: ServiceMetrics, name: str) -> str:
    return f"{found.whole[name]:.3g}" if name in found.whole else "-"


def metrics_document(environment: str, services: Iterable[ServiceMetrics]) -> dict[str, Any]:
    """The metrics as a JSON value: null where nothing was measured."""
    listed = list(services)
    return {
        "environment": environment,
        "seconds": listed[0].seconds if listed else 0,
        "services": [
            {
                "service": found.service,
                "requests_per_second": round(found.rate, 6),
                "error_percent": found.error_percent,
                "denied_percent": found.denied_percent,
                **{name: found.whole.get(name) for name in ASKED},
                "rows": {name: list(row) for name, row in found.rows.items()},
            }
            for found in listed
        ],
    }
