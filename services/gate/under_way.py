"""The requests that the application is working on, so that its calls can be on behalf of them.

The application names the request with an id that nobody can guess and that ends with it. Tenant, claims,
deadline, correlation and trace are then those of the request: the application cannot say otherwise.
"""

from __future__ import annotations

import contextvars
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.runtime.requests.problems import ProblemError


@dataclass(slots=True)
class UnderWay:
    """One request. `context` has what its calls take over; `denial` the last one that was denied."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    denial: ProblemError | None = None


class RequestsUnderWay:
    """Those of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._found: dict[str, UnderWay] = {}

    @contextmanager
    def begin(self) -> Iterator[UnderWay]:
        """The request that this task serves, for as long as the block lasts."""
        request = UnderWay()
        self._found[request.id] = request
        try:
            yield request
        finally:
            del self._found[request.id]

    def find(self, name: str) -> UnderWay | None:
        """The request of this id, while it is being served."""
        return self._found.get(name)
