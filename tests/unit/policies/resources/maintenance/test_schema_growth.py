"""The schema grows with the SDK, by the SDK's own types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies.resources.maintenance import sdk_types
from policies.resources.maintenance.growth import Growth, dump
from policies.resources.terraform.schema import SCHEMA_FILE, Kind, Schema
from stacks.lean_imports import import_provider_leanly

TOKENS = (
    "aws:kms/key:Key",
    "aws:lb/listener:Listener",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sqs/queue:Queue",
)
LISTENER = "aws_lb_listener"


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text())
    return found


def grown(document: Mapping[str, Any]) -> Growth:
    import_provider_leanly()
    growth = Growth(document)
    for token in TOKENS:
        growth.resource(token, sdk_types.properties(token))
    return growth


def test_nothing_is_new(document: dict[str, Any]) -> None:
    """The table has all that the installed SDK has, and is written as it is read."""
    growth = grown(document)
    assert growth.added == []
    assert dump(growth.document()) == SCHEMA_FILE.read_text()


def test_a_new_property(document: dict[str, Any]) -> None:
    """A property that the table lacks comes with the form that the SDK gives it."""
    whole = document["types"][LISTENER]
    document["types"][LISTENER] = {
        name: code for name, code in whole.items() if name not in ("port", "default_action", "tags")
    }
    growth = grown(document)
    shape = Schema(growth.document()).resource(LISTENER)
    assert (shape["port"].kind, shape["tags"].kind) == (Kind.NUMBER, Kind.MAP)
    action = Schema(growth.document()).block(shape["default_action"])
    assert (action["type"].kind, action["redirect"].kind) == (Kind.STRING, Kind.BLOCKS)
    assert sorted(growth.added) == [
        "aws:lb/listener:Listener.defaultActions as default_action",
        "aws:lb/listener:Listener.port as port",
        "aws:lb/listener:Listener.tags as tags",
    ]


def test_a_new_resource_type(document: dict[str, Any]) -> None:
    """A type that the table lacks gets the name of the rule."""
    del document["types"]["aws_s3_bucket_versioning"]
    growth = grown(document)
    shape = Schema(growth.document()).resource("aws_s3_bucket_versioning")
    assert shape["versioning_configuration"].kind is Kind.BLOCKS
    assert shape["id"].read_only
    assert growth.added[0] == "aws:s3/bucketVersioning:BucketVersioning as aws_s3_bucket_versioning"
