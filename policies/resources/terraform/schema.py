"""What the Terraform AWS provider's resources look like: attributes, blocks, defaults.

`schema.json` holds it in short form: for each type, and each shape of block, a code for every attribute. A
code is a kind, then `!` for what only the provider sets, `+` for what it sets where the program does not,
then `=` and the default as JSON. A block's code is a list of its kind and the number of its shape.

Sources: the provider's schema (cdktf-cdktf-provider-aws 21.22.1, provider 6.25), with defaults and additions
from the provider's source (6.47), and the properties of pulumi_aws 7.51.1 that are newer than both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).with_name("schema.json")


class Kind(StrEnum):
    """What stands in an attribute."""

    STRING = "s"
    NUMBER = "n"
    BOOL = "b"
    MAP = "m"
    LIST = "l"
    """Plain values; a set is a list in a plan."""
    BLOCKS = "L"
    """Blocks of one shape, in a list even where only one is allowed."""
    BLOCK_SET = "S"
    """As `BLOCKS`; what is left out inside it is empty and not null, for so Terraform's SDK plans sets."""
    OBJECT = "O"
    """One block that is not in a list, such as `timeouts`."""
    BLOCK_MAP = "M"
    ANY = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute; `block` is the number of the shape of a block."""

    kind: Kind
    computed: bool = False
    """The provider sets it where the program does not."""
    read_only: bool = False
    """Nobody but the provider sets it."""
    default: Any = None
    block: int | None = None


Shape = Mapping[str, Attribute]


class Schema:
    """The provider's resource types and the shapes of their blocks."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take a document of the form of `schema.json`."""
        self._types: Mapping[str, Mapping[str, Any]] = document["types"]
        self._blocks: list[Mapping[str, Any]] = document["blocks"]
        self._read: dict[str | int, Shape] = {}

    @property
    def types(self) -> frozenset[str]:
        """Every resource type that the provider has."""
        return frozenset(self._types)

    def resource(self, terraform_type: str) -> Shape:
        """The attributes of a resource type; raises KeyError."""
        return self._shape(terraform_type, self._types[terraform_type])

    def block(self, attribute: Attribute) -> Shape:
        """The attributes inside a block."""
        number = attribute.block
        return {} if number is None else self._shape(number, self._blocks[number])

    def _shape(self, key: str | int, codes: Mapping[str, Any]) -> Shape:
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = {name: _attribute(code) for name, code in codes.items()}
        return found


def _attribute(code: str | list[Any]) -> Attribute:
    text, block = (code, None) if isinstance(code, str) else (code[0], code[1])
    head, _, default = text.partition("=")
    return Attribute(
        kind=Kind(head[0]),
        computed=len(head) > 1,
        read_only=head.endswith("!"),
        default=json.loads(default) if default else None,
        block=block,
    )


@cache
def provider_schema() -> Schema:
    """Read `schema.json`, once."""
    return Schema(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
