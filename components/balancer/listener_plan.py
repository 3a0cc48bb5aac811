"""The listeners of the private load balancer. MSH-2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """One listener. With `redirect_to` it only redirects clients to that HTTPS port.

    The one `for_tests` leads to the tasks of a new release before any client does; clients do not reach it.
    """

    name: str
    port: int
    certificate_arn: str | None = None
    redirect_to: int | None = None
    for_tests: bool = False

    @property
    def protocol(self) -> str:
        """`HTTPS` with a certificate, else `HTTP`."""
        return "HTTPS" if self.certificate_arn else "HTTP"


def plan_listeners(certificate_arn: str | None) -> tuple[ListenerPlan, ...]:
    """HTTPS and a redirect from HTTP; without a certificate HTTP alone; and one for tests, as the first.

    The first one serves requests.
    """
    if certificate_arn is None:
        return (ListenerPlan(name="http", port=80), ListenerPlan(name="test", port=8080, for_tests=True))
    return (
        ListenerPlan(name="https", port=443, certificate_arn=certificate_arn),
        ListenerPlan(name="http", port=80, redirect_to=443),
        ListenerPlan(name="test", port=8443, certificate_arn=certificate_arn, for_tests=True),
    )


def client_ports(plan: Sequence[ListenerPlan]) -> tuple[int, ...]:
    """The ports that clients may reach."""
    return tuple(listener.port for listener in plan if not listener.for_tests)


def listener_for_tests(plan: Sequence[ListenerPlan]) -> ListenerPlan:
    """The one that leads to a new release before clients do."""
    return next(listener for listener in plan if listener.for_tests)
