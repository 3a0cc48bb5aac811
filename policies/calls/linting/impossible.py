"""Finds conditions that no request can make true, from the schema and what is declared alone.

An expression is `False` here if it can not be true, `True` if it can not be false (either may fail), and None
if that is not certain.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cedarpy

from policies.calls.language.schema_types import ActionType, CedarType, RecordType

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredNames:
    """The names of the declared services, and of the environments (empty if they are not known)."""

    services: frozenset[str]
    environments: frozenset[str] = frozenset()


def impossible_because(
    text: str, intents: Collection[str], actions: Mapping[str, ActionType], declared: DeclaredNames
) -> str | None:
    """Why no request about these intents makes every condition of a policy true; None if one may."""
    try:
        [policy] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
        found = [_why_not(policy["conditions"], actions[intent], declared) for intent in sorted(intents)]
    except (RecursionError, KeyError):
        return None
    return found[0] if found and None not in found else None


def _why_not(conditions: Iterable[Node], action: ActionType, declared: DeclaredNames) -> str | None:
    for condition in conditions:
        judge = _Judge(action, declared)
        if judge.verdict(condition["body"]) is (condition["kind"] == "unless"):
            return judge.notes[0] if judge.notes else f"its `{condition['kind']}` is never met"
    return None


@dataclass(slots=True)
class _Judge:
    """Judges the parts of a condition; `notes` say what it names that there is not."""

    action: ActionType
    declared: DeclaredNames
    notes: list[str] = field(default_factory=list)

    def verdict(self, node: Node) -> bool | None:
        """Whether an expression can not be true (False), or not be false (True)."""
        [(kind, inside)] = node.items()
        match kind:
            case "Value":
                return inside if isinstance(inside, bool) else None
            case "!":
                found = self.verdict(inside["arg"])
                return None if found is None else not found
            case "&&" | "||":
                sides = (self.verdict(inside["left"]), self.verdict(inside["right"]))
                decisive = kind == "||"
                if decisive in sides:
                    return decisive
                return (not decisive) if None not in sides else None
            case "if-then-else":
                return self._choice(inside)
            case "has":
                return self._has(inside)
            case "==" | "in" | "contains":
                return self._names(inside["left"], inside["right"])
            case _:
                return None

    def _choice(self, inside: Mapping[str, Node]) -> bool | None:
        condition = self.verdict(inside["if"])
        sides = (self.verdict(inside["then"]), self.verdict(inside["else"]))
        if condition is not None:
            return sides[0] if condition else sides[1]
        return sides[0] if sides[0] == sides[1] else None

    def _has(self, inside: Mapping[str, Any]) -> bool | None:
        kind = self._type(inside["left"])
        if not isinstance(kind, RecordType) or inside["attr"] in kind.attributes:
            return None
        path = _path(inside["left"])
        self.notes.append(f"the schema has no `{'.'.join((*path, inside['attr']))}`")
        return False

    def _names(self, left: Node, right: Node) -> bool | None:
        """A comparison with what is not declared."""
        for one, other in ((left, right), (right, left)):
            texts = _literals(other)
            if texts is None:
                continue
            unknown = self._unknown(one, texts)
            if unknown is not None and len(unknown) == len(texts):
                self.notes.extend(unknown)
                return False
        return None

    def _unknown(self, variable: Node, texts: list[Any]) -> list[str] | None:
        if variable in ({"Var": "principal"}, {"Var": "resource"}):
            found = [_entity_name(text) for text in texts]
            return [
                f"no service `{name}` is declared" for name in found if name not in self.declared.services
            ]
        if _path(variable) == ("context", "environment") and self.declared.environments:
            return [
                f"there is no environment `{text}`"
                for text in texts
                if text not in self.declared.environments
            ]
        return None

    def _type(self, node: Node) -> CedarType | None:
        """The type of a path into the context."""
        path = _path(node)
        kind: CedarType | None = self.action.context
        for name in path[1:]:
            if not isinstance(kind, RecordType) or name not in kind.attributes:
                return None
            kind = kind.attributes[name][0]
        return kind if path else None


def _path(node: Node) -> tuple[str, ...]:
    """`context` and the attributes after it; empty for anything else."""
    names: list[str] = []
    while "." in node:
        names.append(node["."]["attr"])
        node = node["."]["left"]
    return ("context", *reversed(names)) if node == {"Var": "context"} else ()


def _literals(node: Node) -> list[Any] | None:
    """The literals that a literal, or a set of them, consists of; None for anything else."""
    if "Value" in node:
        return [node["Value"]]
    if node.get("Set") and all("Value" in each for each in node["Set"]):
        return [each["Value"] for each in node["Set"]]
    return None


def _entity_name(value: Any) -> str | None:
    match value:
        case {"__entity": {"type": "Service", "id": str() as name}}:
            return name
        case _:
            return None
