"""Services are deployed after those that they call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cli.deployment.delivering.call_order import in_call_order

CALLS = {"a": ["b"], "b": ["c"], "c": [], "d": ["d2"], "d2": ["d"]}


class Declared:
    def get(self, name: str) -> Any:
        return SimpleNamespace(calls=[SimpleNamespace(service=callee) for callee in CALLS[name]])


@pytest.mark.parametrize(
    ("chosen", "order"),
    [
        ("a b c", "c b a"),
        ("a c", "c a"),
        ("c a", "c a"),
        ("a", "a"),
        ("d d2 c", "c d2 d"),
    ],
)
def test_callees_go_first(chosen: str, order: str) -> None:
    """Also those that are called by way of a service that is not deployed; a circle ends somewhere."""
    services: Any = Declared()
    assert in_call_order(services, chosen.split()) == tuple(order.split())
