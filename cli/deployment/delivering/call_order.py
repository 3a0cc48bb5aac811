"""The order in which services are deployed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from components.declarations import Services


def in_call_order(services: Services, chosen: Iterable[str]) -> tuple[str, ...]:
    """The chosen services, each after those that it calls, also by way of others; by name where all is equal.

    Of services that call each other, the first by name is the first.
    """
    wanted, ordered = set(chosen), list[str]()
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        for callee in sorted({call.service for call in services.get(name).calls}):
            visit(callee)
        if name in wanted:
            ordered.append(name)

    for name in sorted(wanted):
        visit(name)
    return tuple(ordered)
