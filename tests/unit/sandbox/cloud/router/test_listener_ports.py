"""Which port of this machine a listener gets."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator

import httpx
import pytest
from aiohttp import web

from sandbox.cloud.router.actions import FixedResponse, Forward, ListenerAction, Redirect
from sandbox.cloud.router.connections.sites import RequestHandler
from sandbox.cloud.router.errors import ListenerPortInUseError
from sandbox.cloud.router.listeners import ListenerPorts
from sandbox.cloud.router.table import (
    ApplicationLoadBalancer,
    Listener,
    ListenerKey,
    ListenerRule,
    RoutingTable,
)
from tests.support.router.echo_task import Loop, get

NO_ROUTE = FixedResponse(status=404)
FORWARD = Forward(groups=(("blue", 1),))
REDIRECT = Redirect(status=301, protocol="HTTPS", port="443")


def listener(protocol: str, port: int, *actions: ListenerAction) -> Listener:
    rules = tuple(
        ListenerRule(priority=number, conditions=(), action=action) for number, action in enumerate(actions)
    )
    return Listener(arn=f"{protocol.lower()}-{port}", protocol=protocol, port=port, rules=rules)


def table(*listeners: Listener, other: tuple[Listener, ...] = ()) -> RoutingTable:
    return RoutingTable(
        load_balancers={
            arn: ApplicationLoadBalancer(arn=arn, name=arn, dns_name=arn, listeners=those)
            for arn, those in (("first", listeners), ("second", other))
        }
    )


HTTPS = listener("HTTPS", 443, FORWARD, NO_ROUTE)
TO_HTTPS = listener("HTTP", 80, REDIRECT)


@pytest.fixture
def fixed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ports(ListenerPorts):
    """Listeners that answer with their name."""

    def __init__(self, port: int, loop: Loop) -> None:
        super().__init__(port, self.named)
        self.port = port
        self.loop = loop

    def named(self, key: ListenerKey) -> RequestHandler:
        async def answer(_: web.BaseRequest) -> web.Response:
            return web.Response(text=key[1])

        return answer

    def become(self, now: RoutingTable) -> None:
        self.loop.run(self.follow(now))

    def answering(self) -> str:
        """Whose answer comes from the fixed port; each listener's own port has to give its own."""
        for (_, arn), url in self.urls().items():
            assert get(url).text == arn
        return get(f"http://127.0.0.1:{self.port}").text


@pytest.fixture
def ports(fixed_port: int, loop: Loop) -> Iterator[Ports]:
    made = Ports(fixed_port, loop)
    yield made
    loop.run(made.close())


def test_the_entry_is_the_listener_that_forwards() -> None:
    """What forwards comes first, then HTTPS, then the lowest port, in whatever order they were made. MSH-2"""
    unruled = listener("HTTPS", 8443, NO_ROUTE)
    plain = listener("HTTP", 8080, FORWARD)
    ranked = [HTTPS, plain, unruled, TO_HTTPS]
    for order in itertools.permutations(ranked):
        assert list(table(*order).load_balancers["first"].ranked) == ranked
        assert table(*order).entry == ("first", "https-443")
    assert table(other=(plain,)).entry == ("second", "http-8080")
    assert table().entry is None


@pytest.mark.parametrize("order", [(HTTPS, TO_HTTPS), (TO_HTTPS, HTTPS)])
def test_the_fixed_port_is_the_entrys_whichever_was_there_first(
    ports: Ports, order: tuple[Listener, ...]
) -> None:
    """HTTPS has it beside a redirect to it; a listener that had it alone before gets a port of its own."""
    ports.reserve()
    ports.become(table(order[0]))
    assert ports.answering() == order[0].arn
    ports.become(table(*order))
    assert ports.answering() == HTTPS.arn
    assert len(set(ports.urls().values())) == 2


def test_a_second_load_balancer_does_not_take_the_fixed_port(ports: Ports) -> None:
    """It stays with the first as long as that has listeners, and then goes over."""
    ports.become(table(TO_HTTPS))
    ports.become(table(TO_HTTPS, other=(HTTPS,)))
    assert ports.answering() == TO_HTTPS.arn
    ports.become(table(other=(HTTPS,)))
    assert ports.answering() == HTTPS.arn
    assert len(ports.urls()) == 1


def test_without_listeners_the_fixed_port_is_given_back(ports: Ports) -> None:
    """A deleted listener cannot be connected to; the next one gets the port again."""
    ports.become(table(HTTPS))
    ports.become(table())
    with pytest.raises(httpx.ConnectError):
        ports.answering()
    ports.become(table(TO_HTTPS))
    assert ports.answering() == TO_HTTPS.arn


def test_a_fixed_port_of_another_program_is_an_error(ports: Ports) -> None:
    """It is refused at the start."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.port))
        other.listen()
        with pytest.raises(ListenerPortInUseError):
            ports.reserve()
