"""How the Terraform AWS provider names what Pulumi names otherwise.

Pulumi's provider is made from Terraform's, so nearly every name follows a rule:
`aws:s3/bucketPolicy:BucketPolicy` is `aws_s3_bucket_policy`, `instanceType` is `instance_type`, and a list of
blocks loses its plural (`defaultActions`, `default_action`). `names.json` holds what the rules do not reach:
modules that Terraform calls otherwise, resource types and properties with a name of their own, and what
older versions of the provider called a type (`aliases`).
tests/unit/policies/resources/terraform/test_sdk_names.py holds all of it against the installed pulumi_aws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .schema import provider_schema

_FILE = Path(__file__).with_name("names.json")
_WORD = re.compile(r"(?<=[a-z0-9])([A-Z])")
_ACRONYM = re.compile(r"(?<=[A-Z])([A-Z][a-z])")
_TOKEN = re.compile(r"aws:(?P<module>[A-Za-z0-9]+)/[A-Za-z0-9_]+:(?P<name>[A-Za-z0-9_]+)")
_SHORT = re.compile(r"aws:(?P<module>[A-Za-z0-9]+):(?P<first>[A-Za-z])(?P<rest>[A-Za-z0-9_]*)")
"""A token as programs in YAML write it."""


@cache
def snake(name: str) -> str:
    """Pulumi's camelCase as snake_case; digits belong to the word before them."""
    return _ACRONYM.sub(r"_\1", _WORD.sub(r"_\1", name)).lower()


def singulars(name: str) -> Iterator[str]:
    """A name, then what it may be the plural of, likeliest first."""
    yield name
    if name.endswith("ies"):
        yield name[:-3] + "y"
    if name.endswith("ices"):
        yield name[:-4] + "ex"
    if name.endswith("es"):
        yield name[:-2]
        yield name[:-2] + "is"
    if name.endswith("s"):
        yield name[:-1]


class Names:
    """The rules and their exceptions."""

    def __init__(self, document: Mapping[str, Any], types: Collection[str]) -> None:
        """Take a document of the form of `names.json` and the types that Terraform's provider has."""
        self._prefixes: Mapping[str, str] = document["prefixes"]
        self._aliases: Mapping[str, str] = document["aliases"]
        self._exceptions: Mapping[str, str] = document["types"]
        self._properties: Mapping[str, Mapping[str, str]] = document["properties"]
        self._types = types

    def current(self, token: str) -> str:
        """What the installed provider calls a type that older versions called otherwise."""
        short = _SHORT.fullmatch(token)
        if short is not None:
            name = short["first"] + short["rest"]
            token = f"aws:{short['module']}/{short['first'].lower()}{short['rest']}:{name}"
        return self._aliases.get(token, token)

    def terraform_type(self, token: str) -> str | None:
        """The Terraform name of a resource type; None for one that Terraform's provider does not have."""
        token = self.current(token)
        named = self._exceptions.get(token) or self.by_rule(token)
        return named if named in self._types else None

    def by_rule(self, token: str) -> str | None:
        """The name that the rule gives, whether there is such a type or not; None for no AWS type."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        module = found["module"]
        return f"aws_{self._prefixes.get(module, f'{module}_')}{snake(found['name'])}"

    def attribute(self, token: str, name: str, attributes: Collection[str]) -> str | None:
        """The attribute that a property of a resource is; None where there is none."""
        named = self._properties.get(self.current(token), {}).get(name)
        return named if named is not None else nested_attribute(name, attributes)


def nested_attribute(name: str, attributes: Collection[str]) -> str | None:
    """The attribute of a block that a property is: by name, as a plural, then with words cut otherwise."""
    candidates = list(singulars(snake(name)))
    for candidate in candidates:
        if candidate in attributes:
            return candidate
    joined = {attribute.replace("_", ""): attribute for attribute in attributes}
    return next((joined[one] for item in candidates if (one := item.replace("_", "")) in joined), None)


@cache
def terraform_names() -> Names:
    """The names of everything that the provider's schema has."""
    return Names(names_document(), provider_schema().types)


@cache
def names_document() -> Mapping[str, Any]:
    """Read `names.json`, once."""
    document: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return document
