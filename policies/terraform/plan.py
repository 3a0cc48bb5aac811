"""Translates a graph of Pulumi-AWS resources to the JSON form of a Terraform plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.graph.values import Graph, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A plan, the resource behind each address in it, and what has no name in Terraform.

    Only AWS resources are translated; `unmapped` are AWS resources too.
    """

    plan: Mapping[str, Any]
    addresses: Mapping[str, Resource]
    unmapped: tuple[Resource, ...]


def translate(graph: Graph) -> Translation:
    """Say a graph as a Terraform plan."""
    raise NotImplementedError(graph.stack)
