"""What Pulumi calls the resource types and attributes that checks speak of.

The way back from Terraform's names follows no rule alone: which lists of blocks are in the plural stands in
the SDK. `pulumi_names.json` has what differs from plain camelCase, for the types that checkov has checks for;
`python -m policies.resources.maintenance.pulumi_names` makes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .names import snake
from .schema import Kind, Shape, provider_schema

TABLE = Path(__file__).with_name("pulumi_names.json")
_PARTS = re.compile(r"aws:(?P<module>\w+)/\w+:(?P<name>\w+)")


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    document: Mapping[str, Mapping[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return document


def type_name(terraform_type: str) -> str | None:
    """A resource type as programs name it, such as `aws.s3.Bucket`; None for one that the table lacks."""
    found = _PARTS.fullmatch(_table()["tokens"].get(terraform_type, ""))
    return f"aws.{found['module']}.{found['name']}" if found else None


def property_path(terraform_type: str, path: str, *, python: bool) -> str | None:
    """An attribute, through blocks, by the names of Pulumi, in snake_case for Python; None if there is none.

    Below a map everything is a key, and stays as it is; below a text it is a part of a document, and left
    out.
    """
    schema = provider_schema()
    if terraform_type not in schema.types:
        return None
    shape: Shape = schema.resource(terraform_type)
    said: list[str] = []
    parts = path.split(".")
    for count, part in enumerate(parts, start=1):
        attribute = shape.get(part)
        if attribute is None:
            return None
        walked = ".".join(parts[:count])
        name = _table()["properties"].get(f"{terraform_type}.{walked}", _camel(part))
        said.append(snake(name) if python else name)
        if attribute.kind is Kind.MAP:
            return ".".join([*said, *parts[count:]])
        if attribute.block is None:
            break
        shape = schema.block(attribute)
    return ".".join(said)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
