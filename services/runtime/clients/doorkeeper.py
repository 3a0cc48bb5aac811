"""What tells who a client of the door is, whichever way the service's declaration asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request

from services.runtime.process.health import Dependency


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a client has proved. `subject` is who it is, `tenant` for whom it may ask, None for nobody."""

    subject: str
    tenant: str | None
    claims: Mapping[str, Any]


class Doorkeeper(Protocol):
    """Lets clients in whom it knows. Belongs to one event loop."""

    async def admit(self, request: Request) -> tuple[Client, Request]:
        """The client, and the request to go on with. Raises ProblemError: 401, 413 or 503."""
        ...

    async def load(self) -> None:
        """Read what it needs; a failure shows in `probe`, and is no error."""
        ...

    def background(self, seconds: float) -> Sequence[Callable[[], Awaitable[None]]]:
        """What keeps on while the process runs: reads again, every `seconds`, what it needs."""
        ...

    def probe(self) -> dict[str, Dependency]:
        """What `/health` tells of it."""
        ...
