"""The schema of the plugin's types as far as the sandbox knows them: their names and properties."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sandbox.engine.provider import ResourceType

_ANYTHING = {"$ref": "pulumi.json#/Any"}


def schema(types: Iterable[ResourceType], functions: Iterable[str], version: str) -> str:
    """The package schema as JSON; every property is of any type."""
    resources = {}
    for kind in types:
        properties = dict.fromkeys(sorted(kind.properties), _ANYTHING)
        resources[kind.token] = {"inputProperties": properties, "properties": properties}
    return json.dumps(
        {
            "name": "aws",
            "version": version,
            "resources": resources,
            "functions": {token: {} for token in functions},
        }
    )
