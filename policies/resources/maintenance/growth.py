"""Lets the tables grow with the SDK, after pulumi_aws has been raised.

Run `python -m policies.resources.maintenance.growth`.

What the installed SDK has and `schema.json` lacks is added by the SDK's own types: a nested class of
arguments is a block, a list of them a list of blocks. Names come from the rules; one that Terraform has
otherwise belongs in `names.json`; the tests of this package say which types checkov calls otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..terraform.names import Names, names_document, nested_attribute, singulars, snake
from ..terraform.schema import SCHEMA_FILE
from . import sdk_types
from .sdk_types import Property

Codes = dict[str, Any]
_PLAIN = {str: "s", int: "n", float: "n", bool: "b"}
_NEW_RESOURCE: Codes = {"arn": "s!", "id": "s!", "region": "s+"}


class Growth:
    """A schema document that grows; `added` lists what it did not have."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take a document of the form of `schema.json`, which stays as it is."""
        self._provider = document["provider"]
        self._types: dict[str, Codes] = dict(document["types"])
        self._blocks: list[Codes] = list(document["blocks"])
        self._numbers = {_text(block): number for number, block in enumerate(self._blocks)}
        self.added: list[str] = []

    def resource(self, token: str, properties: Mapping[str, Property]) -> None:
        """Add a resource type, or what it lacks."""
        names = Names(names_document(), self._types)
        name = names.terraform_type(token)
        if name is None:
            name = names.by_rule(token)
            if name is None:
                return
            self.added.append(f"{token} as {name}")
            tagged = {"tags_all": "m+"} if "tags" in properties else {}
            self._types[name] = {**_NEW_RESOURCE, **tagged}

        def find(item: str, attributes: Collection[str]) -> str | None:
            return names.attribute(token, item, attributes)

        self._types[name] = self._grown(self._types[name], properties, find, token, ())

    def document(self) -> dict[str, Any]:
        """The schema with what was added; blocks that are no longer used go when the table is made anew."""
        return {"provider": self._provider, "blocks": self._blocks, "types": self._types}

    def _grown(
        self,
        codes: Codes,
        properties: Mapping[str, Property],
        find: Callable[[str, Collection[str]], str | None],
        path: str,
        above: tuple[type, ...],
    ) -> Codes:
        grown = dict(codes)
        for name, item in properties.items():
            attribute, place = find(name, codes), f"{path}.{name}"
            if attribute is None:
                attribute = _name(name, item)
                grown[attribute] = self._code(attribute, item, above)
                if path:  # of what is new itself, the parts are not told
                    self.added.append(f"{place} as {attribute}")
            elif item.block and item.block not in above and isinstance(codes[attribute], list):
                kind, number = codes[attribute]
                inside = self._grown(
                    self._blocks[number],
                    sdk_types.nested(item.block),
                    nested_attribute,
                    place,
                    (*above, item.block),
                )
                grown[attribute] = [kind, self._number(inside)]
        return grown

    def _code(self, attribute: str, item: Property, above: tuple[type, ...]) -> Any:
        match item.form:
            case "block" | "blocks" if item.block and item.block not in above:
                inner = self._grown(
                    {}, sdk_types.nested(item.block), nested_attribute, "", (*above, item.block)
                )
                return ["O" if attribute == "timeouts" else "L", self._number(inner)]
            case "map":
                return "m"
            case "list":
                return "l"
            case _:
                return _PLAIN[item.plain]

    def _number(self, block: Codes) -> int:
        text = _text(block)
        if text not in self._numbers:
            self._numbers[text] = len(self._blocks)
            self._blocks.append(block)
        return self._numbers[text]


def _name(name: str, item: Property) -> str:
    """By the rule; Terraform has a list of blocks in the singular."""
    if item.form != "blocks":
        return snake(name)
    plural = snake(name)
    return f"{plural[:-3]}y" if plural.endswith("ies") else list(singulars(plural))[-1]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def dump(document: Mapping[str, Any]) -> str:
    """Write a schema document with a line for each block and type, so that changes can be read."""
    blocks = ",\n".join(map(_text, document["blocks"]))
    types = ",\n".join(f"{_text(name)}:{_text(codes)}" for name, codes in sorted(document["types"].items()))
    provider = json.dumps(document["provider"])
    return f'{{"provider":{provider},\n"blocks":[\n{blocks}\n],\n"types":{{\n{types}\n}}}}\n'


def main() -> None:
    """Add what is new, and print it."""
    growth = Growth(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    for token in sdk_types.tokens():
        growth.resource(token, sdk_types.properties(token))
    if growth.added:
        SCHEMA_FILE.write_text(dump(growth.document()), encoding="utf-8")
    print("\n".join(growth.added) or "nothing is new")  # noqa: T201 - a command of its own


if __name__ == "__main__":
    main()
