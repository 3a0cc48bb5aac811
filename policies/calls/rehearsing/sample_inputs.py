"""Enumerates the inputs for which the conditions of policies may turn out differently. Pure.

A condition reads the environment, the time, the tenant, the attributes that the caller claims, and whether
these are proven. For each
field that a policy reads, a few values are worth trying: absent, each literal that it is compared with (and
the neighbours of that), and one that is none of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, product
from math import prod
from typing import Any

from policies.calls.language.policy_parts import PolicyParts
from policies.calls.rehearsing.context_reads import (
    ContextPath,
    ContextRead,
    ContextValue,
    boundary_values,
    policy_reads,
)

MAX_INPUTS = 64
"""Inputs tried for one question. If there are more combinations of values, each field is varied alone, and
the fields of one policy together."""
_OTHER = "other"
_ABSENT = object()
_CLAIMED = ("tenant", "attributes")
"""The fields of the context that come from the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInput:
    """Everything that a decision depends on, besides service, intent and target."""

    environment: str
    at: datetime
    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    proven: bool = True
    fields: tuple[str, ...] = field(default=(), compare=False)
    """What differs from the plainest input, such as `tenant = "acme"`, for people to read."""

    def event(self, service: str, intent: str, target: str | None) -> dict[str, Any]:
        """The question about these, with this input."""
        parts = {
            "service": service,
            "intent": intent,
            "target": target,
            "tenant": self.tenant,
            "context": None if self.context is None else dict(self.context),
            "unproven": None if self.proven else True,
        }
        return {name: value for name, value in parts.items() if value is not None}


def sample_inputs(
    policies: Iterable[PolicyParts], *, environments: Sequence[str], at: datetime
) -> tuple[SampleInput, ...]:
    """The inputs to try, the plainest first: every combination of the values, or MAX_INPUTS of them.

    `environments` are those that exist, the plainest first; `at` is the time where no policy reads it.
    """
    reads = [policy_reads(parts) for parts in policies]
    values = _values_to_try(chain.from_iterable(reads), environments, at)
    if prod(len(options) for options in values.values()) <= MAX_INPUTS:
        chosen: Iterable[dict[ContextPath, object]] = _combinations(values)
    else:
        chosen = _some_combinations(values, reads)
    found: dict[object, SampleInput] = {}
    for choice in chosen:
        made = _input_of(choice, environments[0], at)
        if made is not None:
            found.setdefault(repr((made.environment, made.at, made.proven, made.tenant, made.context)), made)
        if len(found) >= MAX_INPUTS:
            break
    ordered = sorted(found.values(), key=lambda item: len(item.fields))
    return tuple(ordered)


def described_input(
    *,
    environment: str,
    at: datetime,
    tenant: str | None,
    context: Mapping[str, Any] | None,
    proven: bool,
    plain: tuple[str, datetime],
) -> SampleInput:
    """An input, with words for what differs from the plainest environment and time."""
    choice: dict[ContextPath, object] = {}
    if environment != plain[0]:
        choice["environment",] = environment
    if at != plain[1]:
        choice["time",] = at
    if not proven:
        choice["proven",] = False
    if tenant is not None:
        choice["tenant",] = tenant
    if context is not None:
        choice["attributes",] = dict(context)
    fields = tuple(f"{path[0]} = {_shown(value)}" for path, value in choice.items())
    return SampleInput(
        environment=environment, at=at, tenant=tenant, context=context, proven=proven, fields=fields
    )


def _values_to_try(
    found: Iterable[ContextRead], environments: Sequence[str], at: datetime
) -> dict[ContextPath, list[object]]:
    """The values to try for each field, the plainest first."""
    by_path: dict[ContextPath, list[ContextRead]] = defaultdict(list)
    for read in found:
        by_path[read.path].append(read)
    values: dict[ContextPath, list[object]] = {}
    for path in sorted(by_path):
        if path == ("environment",):
            values[path] = list(environments)
        elif path == ("proven",):
            values[path] = [True, False]
        elif path == ("time",):
            values[path] = list(_times(by_path[path], at))
        elif path and path[0] in _CLAIMED:
            inner = any(other[: len(path)] == path and other != path for other in by_path)
            values[path] = (
                [_ABSENT, {}] if inner or path == ("attributes",) else _claimed_values(by_path[path])
            )
    return {path: _once(options) for path, options in values.items()}


def _claimed_values(reads: Iterable[ContextRead]) -> list[object]:
    """The values to try for a field that comes from the caller."""
    known: list[ContextValue] = []
    parts: list[ContextValue] = []
    for read in reads:
        (parts if read.how == "part" else known).extend(map(_as_sent, boundary_values(read)))
    options: list[object] = [_ABSENT, *known, *([part] for part in parts)]
    if parts:
        options += [[], parts]
    if any(isinstance(value, str) for value in known):
        options.append(_OTHER)
    # the type of a field that is only read is not known here; a value of another type is no valid request
    return options if len(options) > 1 else [_ABSENT, _OTHER, 0, True, False]


def _as_sent(value: ContextValue) -> ContextValue:
    """A value as a caller sends it in JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"
    return f"{value // timedelta(milliseconds=1)}ms" if isinstance(value, timedelta) else value


def _times(reads: Iterable[ContextRead], at: datetime) -> Iterator[datetime]:
    yield at
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for read in reads:
        for value in boundary_values(read):
            if isinstance(value, datetime):
                yield value
            elif isinstance(value, timedelta) and abs(value) < timedelta(days=366):
                yield midnight + value


def _once(options: Iterable[object]) -> list[object]:
    return list({(type(option), repr(option)): option for option in options}.values())


def _combinations(values: Mapping[ContextPath, Sequence[object]]) -> Iterator[dict[ContextPath, object]]:
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _some_combinations(
    values: Mapping[ContextPath, Sequence[object]], reads: Iterable[Sequence[ContextRead]]
) -> Iterator[dict[ContextPath, object]]:
    """Each field alone, then the combinations within each policy."""
    plain = {path: options[0] for path, options in values.items()}
    yield plain
    for path, options in values.items():
        for option in options[1:]:
            yield {**plain, path: option}
    for own_reads in reads:
        own = {read.path: values[read.path] for read in own_reads if read.path in values}
        for count, choice in enumerate(_combinations(own)):
            if count >= MAX_INPUTS:
                break
            yield {**plain, **choice}


def _input_of(choice: Mapping[ContextPath, object], environment: str, at: datetime) -> SampleInput | None:
    """The input with these values; None if an outer field is absent and an inner one is not."""
    plain: dict[ContextPath, Any] = {
        ("environment",): environment,
        ("time",): at,
        ("proven",): True,
        ("tenant",): None,
    }
    ours = dict(plain)
    fields: list[str] = []
    context: dict[str, Any] | None = None
    for path, value in choice.items():
        if value is _ABSENT or (path in plain and value == plain[path]):
            continue
        if value != {} or path == ("attributes",):
            fields.append(f"{'.'.join(path)} = {_shown(value)}")
        if path == ("tenant",) and (not isinstance(value, str) or not value):
            return None
        if path in ours:
            ours[path] = value
        elif path[0] == "attributes":
            context = {} if context is None else context
            if not _put(context, path[1:], value):
                return None
    return SampleInput(
        environment=ours["environment",],
        at=ours["time",],
        tenant=ours["tenant",],
        context=context,
        proven=ours["proven",],
        fields=tuple(fields),
    )


def _put(context: dict[str, Any], path: ContextPath, value: object) -> bool:
    for name in path[:-1]:
        context = context.setdefault(name, {})
        if not isinstance(context, dict):
            return False
    if path:
        if value == {} and path[-1] in context:
            return True
        context[path[-1]] = value
    return True


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
