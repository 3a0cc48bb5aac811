"""Opens a loopback port for each listener, and the fixed port for one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from sandbox.cloud.router.connections.room import ClientRoom
from sandbox.cloud.router.connections.sites import RequestHandler, Site, listen
from sandbox.cloud.router.table import ListenerKey, RoutingTable


class ListenerPorts:
    """Open ports by listener. Used from the router's event loop; `reserve` and `urls` from any thread."""

    def __init__(self, fixed_port: int, handler: Callable[[ListenerKey], RequestHandler]) -> None:
        """Opens nothing yet.

        `fixed_port` is for the table's `entry`, 0 is any free one; `handler` makes the handler of a
        listener's requests.
        """
        self._fixed_port = fixed_port
        self._handler = handler
        self._room = ClientRoom()
        self._fixed: Site | None = None
        self._open: dict[ListenerKey, Site] = {}

    def reserve(self) -> None:
        """Bind the fixed port if there is one: a clash shows at once. Raises ListenerPortInUseError."""
        if self._fixed_port and self._fixed is None:
            self._fixed = Site(listen(self._fixed_port), self._room)

    def urls(self) -> Mapping[ListenerKey, str]:
        """The URL of each open listener."""
        return {key: site.url for key, site in dict(self._open).items()}

    async def follow(self, table: RoutingTable) -> None:
        """Open and close ports as the table says; raises ListenerPortInUseError.

        The table's entry gets the fixed port. Listeners appear in any order, so the port may move from one to
        another.
        """
        if self._fixed_port and table.entry is not None:
            await self._give_fixed_port(table.entry)
        wanted = list(table.listeners)
        for key in [key for key in self._open if key not in wanted]:
            await self._close(key)
        for key in wanted:
            if key not in self._open:
                self._open[key] = site = Site(listen(0), self._room)
                await site.serve(self._handler(key))

    async def close(self) -> None:
        """Give every port back."""
        sites = {*self._open.values(), *filter(None, [self._fixed])}
        self._open = {}
        await asyncio.gather(*(site.close() for site in sites), return_exceptions=True)

    async def _give_fixed_port(self, key: ListenerKey) -> None:
        self.reserve()
        assert self._fixed is not None  # noqa: S101 - reserved, as the port is not 0
        before = self._open.get(key)
        if before is self._fixed:
            return
        # the listener that had it gets a free port, if it still exists
        self._open = {other: site for other, site in self._open.items() if site is not self._fixed}
        self._open[key] = self._fixed
        await self._fixed.serve(self._handler(key))
        if before is not None:
            await before.close()

    async def _close(self, key: ListenerKey) -> None:
        site = self._open.pop(key)
        if site is self._fixed:
            self._fixed = None
        await site.close()
