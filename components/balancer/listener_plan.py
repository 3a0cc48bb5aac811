"""The listeners of the private load balancer. MSH-2."""

from __future__ import annotations

from dataclasses import dataclass

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """One listener. With `redirect_to` it only redirects clients to that HTTPS port."""

    name: str
    port: int
    certificate_arn: str | None = None
    redirect_to: int | None = None

    @property
    def protocol(self) -> str:
        """`HTTPS` with a certificate, else `HTTP`."""
        return "HTTPS" if self.certificate_arn else "HTTP"


def plan_listeners(certificate_arn: str | None) -> tuple[ListenerPlan, ...]:
    """HTTPS and a redirect from HTTP; without a certificate HTTP alone. The first one serves requests."""
    if certificate_arn is None:
        return (ListenerPlan(name="http", port=80),)
    return (
        ListenerPlan(name="https", port=443, certificate_arn=certificate_arn),
        ListenerPlan(name="http", port=80, redirect_to=443),
    )
