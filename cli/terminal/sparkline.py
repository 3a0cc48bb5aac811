"""Numbers as a row of bars."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"


def sparkline(values: Sequence[float | None]) -> str:
    """A bar for each value, the largest the highest; a dot where there is none."""
    top = max((value for value in values if value is not None), default=0)
    return "".join(_NOTHING if value is None else _bar(value, top) for value in values)


def _bar(value: float, top: float) -> str:
    if top <= 0 or value <= 0:
        return _BARS[0]
    return _BARS[min(len(_BARS) - 1, int(value / top * len(_BARS)))]
