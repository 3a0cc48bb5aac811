"""The schema that the plugin gives to Pulumi."""

from __future__ import annotations

import json

from sandbox.plugin.schema import schema
from tests.support.engine.memory_provider import THING, TYPES


def test_each_type_is_there_with_what_the_sandbox_knows_of_it() -> None:
    """`pulumi import` writes code by it."""
    document = json.loads(schema(TYPES.values(), ["aws:index/getRegion:getRegion"], "7.1.0"))
    assert set(document["resources"]) == set(TYPES)
    assert set(document["resources"][THING]["inputProperties"]) == TYPES[THING].properties
    assert (document["name"], document["version"]) == ("aws", "7.1.0")
    assert list(document["functions"]) == ["aws:index/getRegion:getRegion"]
