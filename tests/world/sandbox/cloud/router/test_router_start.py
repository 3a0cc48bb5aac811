"""The router alone, against an emulated AWS in this process."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from sandbox.cloud.router.errors import ListenerPortInUseError
from sandbox.cloud.router.router import Router
from sandbox.cloud.watching import ReadPace
from tests.support.emulated_aws import EmulatedAws, FailingOnce
from tests.support.router.echo_task import get
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox


def test_an_unforeseen_failure_is_tried_again(aws: EmulatedAws, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the routes are read after a pause, although nothing changes any more."""
    network = aws.network()
    second = aws("ec2").create_subnet(VpcId=network["vpc"], CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    aws("elbv2").create_load_balancer(Name="late", Subnets=[network["subnet"], second])
    router = Router(FailingOnce(aws), lambda _: [], pace=ReadPace(retry_unexpected=0.01))
    router.start()
    try:
        wait_until(lambda: [found["name"] for found in router.status()["load_balancers"]] == ["late"])
    finally:
        router.stop()
    assert "sandbox-router failed" in caplog.text


def test_a_fixed_port_is_taken_or_refused(aws: EmulatedAws) -> None:
    """The port is reserved when the router starts, so that a clash is seen at once, and free after `stop`."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ListenerPortInUseError, match=f"port {port} is already in use"):
            Router(aws, lambda _: [], port).start()
    router = Router(aws, lambda _: [], port)
    router.start()
    network = aws.network()
    second = aws("ec2").create_subnet(VpcId=network["vpc"], CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    balancer = aws("elbv2").create_load_balancer(Name="fixed", Subnets=[network["subnet"], second])
    response = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "here"}
    for listener_port in (80, 81):
        aws("elbv2").create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=listener_port,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": response}],
        )
    router.notify()
    try:
        wait_until(
            lambda: len(found[0]["listeners"]) == 2 if (found := router.status()["load_balancers"]) else 0
        )
        listeners = {
            found["port"]: found["url"] for found in router.status()["load_balancers"][0]["listeners"]
        }
        assert listeners[80] == f"http://127.0.0.1:{port}"
        assert {get(url).text for url in listeners.values()} == {"here"}
    finally:
        router.stop()
        router.stop()
    for url in listeners.values():
        address = urlsplit(url)
        with socket.socket() as probe:
            assert probe.connect_ex((address.hostname or "", address.port or 0)) != 0
