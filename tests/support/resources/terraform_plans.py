"""Terraform plans with resources as they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plan(*resources: tuple[str, str, Mapping[str, Any]], unknown: Mapping[str, Any] | None = None) -> Any:
    """A plan as `terraform show -json` prints it; resources are types, names and values."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {
            "root_module": {
                "resources": [
                    {
                        "address": f"{kind}.{name}",
                        "mode": "managed",
                        "type": kind,
                        "name": name,
                        "provider_name": "registry.terraform.io/hashicorp/aws",
                        "schema_version": 0,
                        "values": dict(values),
                    }
                    for kind, name, values in resources
                ]
            }
        },
        "resource_changes": [
            {
                "address": f"{kind}.{name}",
                "mode": "managed",
                "type": kind,
                "name": name,
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": dict(values),
                    "after_unknown": dict(unknown or {}),
                },
            }
            for kind, name, values in resources
        ],
        "configuration": {"root_module": {"resources": []}},
    }
