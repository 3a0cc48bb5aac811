"""The report of a load as one HTML page that needs nothing else, with plots."""

from __future__ import annotations

from collections import Counter, defaultdict
from html import escape

from cli.loading.answers import DONE, LoadReport

MOST_POINTS = 20_000
"""Requests that the latency plot shows; of more every n-th."""


def page(report: LoadReport, *, title: str) -> str:
    """Make the page."""
    # takes half a second to load, and only this needs it
    import plotly.graph_objects as go  # noqa: PLC0415
    from plotly.subplots import make_subplots  # noqa: PLC0415

    figure = make_subplots(
        rows=3,
        cols=1,
        vertical_spacing=0.09,
        subplot_titles=("Latency of each request", "Requests a second", "How many took at most so long"),
    )
    step = max(1, len(report.answers) // MOST_POINTS)
    by_outcome: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in report.answers[::step]:
        by_outcome[each.outcome].append((each.at, 1000 * each.seconds))
    for outcome in report.outcomes:
        points = by_outcome[outcome]
        figure.add_trace(
            go.Scattergl(
                x=[x for x, _ in points],
                y=[y for _, y in points],
                mode="markers",
                name=outcome,
                marker_size=3,
            ),
            row=1,
            col=1,
        )
        seconds = Counter(int(each.at) for each in report.answers if each.outcome == outcome)
        last = int(report.seconds) + 1
        figure.add_trace(
            go.Scatter(
                x=list(range(last)),
                y=[seconds.get(second, 0) for second in range(last)],
                mode="lines",
                name=f"{outcome}, a second",
            ),
            row=2,
            col=1,
        )
    done = sorted(1000 * each.seconds for each in report.answers if each.outcome == DONE)
    ranks = [100 * (number + 1) / len(done) for number in range(len(done))]
    every = max(1, len(done) // 2000)
    figure.add_trace(
        go.Scatter(x=done[::every], y=ranks[::every], mode="lines", name="done, percent"), row=3, col=1
    )
    for row, (x, y) in enumerate((("seconds", "ms"), ("seconds", "requests"), ("ms", "percent")), start=1):
        figure.update_xaxes(title_text=x, row=row, col=1)
        figure.update_yaxes(title_text=y, row=row, col=1)
    figure.update_layout(height=1100, template="plotly_white", margin_t=60)
    plots = figure.to_html(full_html=False, include_plotlyjs=True)
    text = "\n".join(escape(line) for line in report.lines())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n"
        f'<body style="font-family: sans-serif"><h1>{escape(title)}</h1>\n'
        f"<pre>{text}</pre>\n{plots}\n</body></html>\n"
    )
