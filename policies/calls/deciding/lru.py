"""A cache of what was used last, bounded by weight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Keeps the entries that were used last, up to a total weight; the newest one always stays."""

    def __init__(self, capacity: int) -> None:
        """`capacity` is the largest total weight."""
        self._capacity = capacity
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.weight = 0

    def get(self, key: K, make: Callable[[], V], weigh: Callable[[V], int]) -> V:
        """The value of a key; `make` makes a missing one, `weigh` gives its weight."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
            return found[0]
        value = make()
        weight = max(1, weigh(value))
        self._entries[key] = (value, weight)
        self.weight += weight
        while self.weight > self._capacity and len(self._entries) > 1:
            _, (_, dropped) = self._entries.popitem(last=False)
            self.weight -= dropped
        return value

    def __len__(self) -> int:
        """How many entries are kept."""
        return len(self._entries)
