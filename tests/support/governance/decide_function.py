"""The decide function as tests put it together, and the policies and services that most of them use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lambdas.governance.decide import DecideFunction
from lambdas.governance.masking import Masks
from lambdas.governance.telemetry import DecisionLog
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.versions.catalogue import Catalogue


def function_of(authorizer: Authorizer, masks: str = "context") -> DecideFunction:
    """What the handler needs, around an authorizer."""
    log = DecisionLog(environment="dev", masks=Masks.read(masks), now=lambda: datetime.now(UTC))
    return DecideFunction(authorizer=authorizer, log=log)


def usual_sources(policy: Any) -> Any:
    """A set in which Orbit may reason on Axon, and three policies forbid."""
    return policy.sources(
        policy("orbit-may", principal="orbit", action="reason", resource="axon"),
        policy("no-erase", "forbid", action="erase"),
        policy("no-evil", "forbid", when='context has tenant && context.tenant == "evil"'),
        policy("small", "forbid", when="context has attributes && context.attributes has size"),
    )


def usual_catalogue(policy: Any) -> Catalogue:
    """Three services; Orbit has one callee and Hub has two."""
    calls = (
        policy.call("orbit", "axon", "reason"),
        policy.call("hub", "axon", "reason"),
        policy.call("hub", "orbit", "reason"),
    )
    return Catalogue(services=("axon", "hub", "orbit"), calls=calls)
