"""Says which planned resources an attribute was made from, in the form of a plan's configuration.

Pulumi tells the resources behind an input as a whole. Terraform tells them for each attribute, inside blocks
too, and which attribute of theirs was meant; checkov connects resources by that. Inside a block the unknown
values are the ones that refer, and those that are equal to what another resource has put out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..graph.values import Resource, Value, reveal
from .names import snake

Expression = dict[str, Any]
_TRACEABLE = 6
"""A shorter text, such as `true` or a port, says nothing of where it came from."""


class References:
    """Looks up what resources are called in a plan."""

    def __init__(self, addresses: Mapping[str, str], resources: Mapping[str, Resource]) -> None:
        """Take the addresses and the resources by URN."""
        self._addresses = addresses
        self._resources = resources

    def expressions(
        self,
        attributes: Mapping[str, str],
        resource: Resource,
        values: Mapping[str, Any],
        unknown: Mapping[str, Any],
    ) -> dict[str, Any]:
        """The expressions of a resource; `attributes` says which input each attribute came from."""
        found: dict[str, Any] = {}
        for attribute, name in attributes.items():
            targets = [urn for urn in resource.references.get(name, ()) if urn in self._addresses]
            if targets:
                expression = self._expression(
                    attribute, values.get(attribute), unknown.get(attribute), targets
                )
                if expression:
                    found[attribute] = expression
        return found

    def _expression(
        self, attribute: str, value: Any, unknown: Any, targets: Sequence[str]
    ) -> Expression | list[Any]:
        """The expression of one attribute of a resource: of its blocks, or of itself."""
        if _is_blocks(value):
            blocks = [
                self._inside(item, mark, targets)
                for item, mark in zip(value, _marks(unknown, len(value)), strict=True)
            ]
            if any(blocks):
                return blocks
        return self._refer(attribute, value, targets)

    def _inside(self, block: Any, unknown: Any, targets: Sequence[str]) -> Expression:
        """The expressions inside a block: of what is unknown, and of what another resource has put out."""
        if not isinstance(block, dict):
            # among blocks that are of no shape the schema knows
            return {}
        marks: Mapping[str, Any] = unknown if isinstance(unknown, dict) else {}
        found: Expression = {}
        for attribute, mark in marks.items():
            if mark is True and attribute not in block:
                found[attribute] = self._refer(attribute, None, targets)
        for attribute, value in block.items():
            if _is_blocks(value):
                inner = [
                    self._inside(item, mark, targets)
                    for item, mark in zip(value, _marks(marks.get(attribute), len(value)), strict=True)
                ]
                if any(inner):
                    found[attribute] = inner
            elif traced := self._traced(value, targets):
                found[attribute] = {"references": traced}
        return found

    def _refer(self, attribute: str, value: Any, targets: Sequence[str]) -> Expression:
        traced = self._traced(value, targets)
        left = [urn for urn in targets if self._addresses[urn] not in traced]
        return {"references": [*traced, *self._guessed(attribute, left)]}

    def _guessed(self, attribute: str, targets: Sequence[str]) -> list[str]:
        """Which attribute was meant is not told; the name of the one it was put in says most."""
        suffix = "arn" if attribute.endswith(("arn", "arns")) else "id"
        return [
            part for urn in targets for part in (f"{self._addresses[urn]}.{suffix}", self._addresses[urn])
        ]

    def _traced(self, value: Any, targets: Sequence[str]) -> list[str]:
        """References to the attributes that are equal to a text, or to one in a list of them."""
        texts = {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
        texts = {text for text in texts if len(text) >= _TRACEABLE}
        if not texts:
            return []
        found: list[str] = []
        for urn in targets:
            name = self._putter(self._resources[urn], texts)
            if name is not None:
                found += [f"{self._addresses[urn]}.{name}", self._addresses[urn]]
        return found

    @staticmethod
    def _putter(resource: Resource, texts: set[str]) -> str | None:
        outputs: Mapping[str, Value] = {"id": resource.id, **resource.outputs}
        return next((snake(name) for name, value in outputs.items() if _text(value) in texts), None)


def _text(value: Value) -> str | None:
    shown = reveal(value)
    return shown if isinstance(shown, str) else None


def _is_blocks(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _marks(unknown: Any, length: int) -> list[Any]:
    return unknown if isinstance(unknown, list) and len(unknown) == length else [None] * length
