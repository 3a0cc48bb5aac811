"""Rules about ways in and out: services are reached inside the VPC, and reach only what they declared."""

from __future__ import annotations

from ..rule import Guardrail, Reach
from ..subject import Subject


def _public(subject: Subject) -> str | None:
    attributes = subject.attributes
    match subject.kind:
        case "aws_lb" | "aws_alb" | "aws_elb":
            # a gateway load balancer has no addresses that clients call
            if not attributes.flag("internal") and attributes.get("load_balancer_type") != "gateway":
                return "`internal` is not true, so the load balancer has public addresses"
        case "aws_ecs_service":
            if attributes.flag("network_configuration.assign_public_ip"):
                return "`assign_public_ip` gives each task a public address"
        case "aws_service_discovery_public_dns_namespace":
            return "a public namespace puts services' addresses into public DNS"
        case "aws_lambda_function_url":
            if attributes.get("authorization_type") == "NONE":
                return "`authorization_type` is NONE, so anybody may call the function"
        case _:
            if attributes.flag("map_public_ip_on_launch"):
                return "`map_public_ip_on_launch` gives whatever starts here a public address"
    return None


def _egress(subject: Subject) -> str | None:
    if subject.attributes.get("spec.egress_filter.type") == "ALLOW_ALL":
        return "the mesh lets its members call anything (`egress_filter.type` is ALLOW_ALL)"
    return None


NO_PUBLIC_ROUTE = Guardrail(
    id="CKV_MYELIN_2",
    name="no-public-route",
    title="Ensure that no public route leads to or between services",
    hint="keep load balancers internal, tasks without public addresses, and names in private DNS",
    reach=Reach.PLATFORM,
    kinds=(
        "aws_alb",
        "aws_ecs_service",
        "aws_elb",
        "aws_lambda_function_url",
        "aws_lb",
        "aws_service_discovery_public_dns_namespace",
        "aws_subnet",
    ),
    judge=_public,
)
MESH_EGRESS = Guardrail(
    id="CKV_MYELIN_7",
    name="mesh-egress-closed",
    title="Ensure that members of the mesh reach only what they declare",
    hint="set `egress_filter` to DROP_ALL",
    reach=Reach.PLATFORM,
    kinds=("aws_appmesh_mesh",),
    judge=_egress,
)
