"""Tasks, an event loop, a proxy, and handlers that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.router.balance import Balancer
from sandbox.cloud.router.connections.sites import RequestHandler, Site, listen
from sandbox.cloud.router.proxy import Proxy
from tests.support.router.echo_task import Loop, echo_task

Serve = Callable[[RequestHandler], str]


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def task() -> Iterator[TaskEndpoint]:
    with echo_task() as endpoint:
        yield endpoint


@pytest.fixture
def other_task() -> Iterator[TaskEndpoint]:
    with echo_task() as endpoint:
        yield endpoint


@pytest.fixture
def balancer() -> Balancer:
    return Balancer()


@pytest.fixture
def proxy(loop: Loop, balancer: Balancer) -> Iterator[Proxy]:
    async def make() -> Proxy:
        return Proxy(balancer)

    made = loop.run(make())
    yield made
    loop.run(made.close())


@pytest.fixture
def serve(loop: Loop) -> Iterator[Serve]:
    sites: list[Site] = []

    def start(handler: RequestHandler) -> str:
        site = Site(listen(0))
        sites.append(site)
        loop.run(site.serve(handler))
        return site.url

    yield start
    for site in sites:
        loop.run(site.close())
