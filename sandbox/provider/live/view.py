"""Puts what AWS answers of a resource into the form of its inputs, as far as both speak of the same.

A value that is asked for is looked up by its name in the API (`renames`, or the same name in another case or
number). Of objects, what nobody asked for is AWS's default and left out; maps whose names are free (tags,
variables) are given whole. Elements of lists come in the order in which they are asked for, matched by what
names them, else by being equal; those that nobody asked for come last, in the API's own form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.provider.translate import camel_case, member_for

Renames = Mapping[str, str]
"""Dotted path of an input, positions left out, to the member of the answer that tells it."""

FREE_MAPS = frozenset({"tags", "variables", "dimensions", "options"})
"""Inputs whose names the program chooses: one that is not there was taken away, another was added."""
_PAIRS = (("Key", "Value"), ("key", "value"), ("Name", "Value"), ("name", "value"), ("TagKey", "TagValue"))
_TRUTHS = {"true": True, "false": False, "enabled": True, "disabled": False}
_IDENTITIES = (
    "ruleNo",
    "name",
    "key",
    "id",
    "sid",
    "containerName",
    "arn",
    "type",
    "capacityProvider",
    "field",
)
"""What tells one element of a list from another, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """What was found of a resource, by input; `untold` are the paths of inputs that the answer does not tell,
    whose values are those that were asked for.
    """

    values: Mapping[str, Any]
    untold: tuple[str, ...] = ()


def live_values(
    wanted: Mapping[str, Any], answer: Mapping[str, Any], renames: Renames | None = None
) -> LiveResource:
    """The inputs as an answer has them."""
    view = _View(renames or {})
    return LiveResource(values=view.of_object(wanted, answer, ""), untold=tuple(view.untold))


class _View:
    def __init__(self, renames: Renames) -> None:
        self._renames = renames
        self.untold: list[str] = []

    def of_object(self, wanted: Mapping[str, Any], answer: Mapping[str, Any], path: str) -> dict[str, Any]:
        found = {}
        for name, value in wanted.items():
            inner = f"{path}.{name}" if path else name
            member = self._renames.get(inner) or member_for(answer, name)
            if value is None:
                continue
            if member is None or member not in answer:
                self.untold.append(inner)
                found[name] = value
            else:
                found[name] = self.of(value, answer[member], inner)
        return found

    def of(self, wanted: Any, answer: Any, path: str) -> Any:
        if isinstance(wanted, Mapping):
            return self._of_mapping(wanted, answer, path)
        if isinstance(wanted, list | tuple):
            items = [answer] if isinstance(answer, Mapping) else answer
            return list(self._elements(wanted, items, path)) if isinstance(items, list) else answer
        return typed(wanted, answer)

    def _of_mapping(self, wanted: Mapping[str, Any], answer: Any, path: str) -> Any:
        if path.rpartition(".")[2] in FREE_MAPS:
            free = as_map(answer)
            return free if free is None else {name: typed(wanted.get(name), free[name]) for name in free}
        if isinstance(answer, list) and len(answer) == 1:
            answer = answer[0]
        return self.of_object(wanted, answer, path) if isinstance(answer, Mapping) else answer

    def _elements(self, wanted: Sequence[Any], found: Sequence[Any], path: str) -> Iterator[Any]:
        rest = list(found)
        for value in wanted:
            at = self._match(value, rest, path)
            if at is not None:
                yield self.of(value, rest.pop(at), path)
        yield from (own_form(item) for item in rest)

    def _match(self, wanted: Any, found: Sequence[Any], path: str) -> int | None:
        """The place of the element that is meant: the equal one, or the one that is called the same."""
        tests: list[Callable[[Any], bool]] = [lambda seen: bool(seen == wanted)]
        if isinstance(wanted, Mapping):
            identity = next((name for name in _IDENTITIES if isinstance(wanted.get(name), str | int)), None)
            if identity is not None:
                named = wanted[identity]
                tests.append(lambda seen: isinstance(seen, Mapping) and seen.get(identity) == named)
            elif len(found) == 1:
                tests.append(lambda _: True)
        elif not isinstance(wanted, list | tuple):
            return next((at for at, item in enumerate(found) if typed(wanted, item) == wanted), None)
        for test in tests:
            for at, item in enumerate(found):
                if test(_View(self._renames).of(wanted, item, path)):
                    return at
        return None


def as_map(answer: Any) -> dict[str, Any] | None:
    """A map, also where the API writes it as a list of pairs; AWS's own tags are left out."""
    if isinstance(answer, list):
        for name, value in _PAIRS:
            if all(isinstance(pair, Mapping) and name in pair for pair in answer):
                return as_map({pair[name]: pair.get(value) for pair in answer})
        return None
    if not isinstance(answer, Mapping):
        return None
    return {str(name): value for name, value in answer.items() if not str(name).startswith("aws:")}


def typed(wanted: Any, found: Any) -> Any:
    """What was found, as the program would write it: `"8080"` and 8080, `"true"` and true are one."""
    if isinstance(found, Mapping | list) and isinstance(wanted, str):
        return json.dumps(found)
    if isinstance(wanted, bool):
        return _TRUTHS.get(str(found).lower(), found)
    if isinstance(wanted, int | float) and isinstance(found, str | int | float):
        return _same_number(wanted, found)
    if isinstance(wanted, str) and isinstance(found, bool):
        return str(found).lower()
    if isinstance(wanted, str) and isinstance(found, int | float):
        same = _same_number(found, wanted) == found
        return wanted if same else str(found)
    return found


def _same_number(wanted: float, found: Any) -> Any:
    try:
        number = float(found)
    except ValueError:
        return found
    if number == wanted:
        return wanted
    return int(number) if number.is_integer() else number


def own_form(value: Any) -> Any:
    """Something that nobody asked for, with names as Pulumi writes them."""
    if isinstance(value, Mapping):
        return {camel_case(str(name)): own_form(item) for name, item in value.items()}
    if isinstance(value, list):
        return [own_form(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
