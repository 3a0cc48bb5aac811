"""Checks of checkov that speak of resources which they are not about."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.values import UNKNOWN, Resource, reveal


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A check says nothing of resources of some types that have one of some values for an input."""

    check: str
    types: frozenset[str]
    input: str
    values: frozenset[str]
    reason: str


CORRECTIONS = (
    Correction(
        check="CKV2_AWS_20",
        types=frozenset({"aws_lb", "aws_alb"}),
        input="loadBalancerType",
        values=frozenset({"network", "gateway"}),
        reason="only an application load balancer can redirect HTTP (bridgecrewio/checkov#6945)",
    ),
)


def says_nothing(check: str, terraform_type: str, resource: Resource) -> bool:
    """Whether a check is not about a resource."""
    for correction in CORRECTIONS:
        if correction.check == check and terraform_type in correction.types:
            value = reveal(resource.inputs.get(correction.input))
            return value is not UNKNOWN and value in correction.values
    return False
