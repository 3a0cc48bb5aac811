"""Enumerates the circumstances in which the conditions of policies may turn out differently. Pure.

A condition looks at the environment, the time, the tenant and what the caller says about itself. For each
field that a policy mentions there are a few values worth trying: absent, each value it is compared with (and
its neighbours), and one that is none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, product
from math import prod
from typing import Any

from policies.calls.language.anatomy import Anatomy
from policies.calls.rehearsing.context_reads import Mention, Path, Value, mentions, samples

MOST = 256
"""Circumstances tried of one question; beyond, every field is varied alone and with those of its policy."""
_OTHER = "other"
_ABSENT = object()
_FREE = ("tenant", "attributes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a request and its moment have besides service, intent and target."""

    environment: str
    at: datetime
    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    fields: tuple[str, ...] = field(default=(), compare=False)
    """What differs from the plainest situation, as `tenant = "acme"`."""

    def event(self, service: str, intent: str, target: str | None) -> dict[str, Any]:
        """The request, made in this situation."""
        parts = {
            "service": service,
            "intent": intent,
            "target": target,
            "tenant": self.tenant,
            "context": None if self.context is None else dict(self.context),
        }
        return {name: value for name, value in parts.items() if value is not None}


def situations(
    policies: Iterable[Anatomy], *, environments: Sequence[str], at: datetime
) -> tuple[tuple[Situation, ...], bool]:
    """The situations to try, the plainest first, and whether they are all combinations.

    `environments` are those there are, the plainest first; `at` is the time where none is mentioned.
    """
    named = [tuple(_mentioned(policy)) for policy in policies]
    values = _candidates(chain.from_iterable(named), environments, at)
    if prod(len(options) for options in values.values()) <= MOST:
        chosen: Iterable[dict[Path, object]] = _combined(values)
        complete = True
    else:
        chosen = _sampled(values, named)
        complete = False
    found: dict[object, Situation] = {}
    for choice in chosen:
        made = _situation(choice, environments[0], at)
        if made is not None:
            found.setdefault(repr((made.environment, made.at, made.tenant, made.context)), made)
        if len(found) >= MOST:
            break
    ordered = sorted(found.values(), key=lambda item: len(item.fields))
    return tuple(ordered), complete


def _mentioned(policy: Anatomy) -> Iterator[Mention]:
    for term in policy.terms:
        yield from mentions(term.words)


def _candidates(
    found: Iterable[Mention], environments: Sequence[str], at: datetime
) -> dict[Path, list[object]]:
    """For each field the values to try, the plainest first."""
    said: dict[Path, list[Mention]] = defaultdict(list)
    for mention in found:
        said[mention.path].append(mention)
    values: dict[Path, list[object]] = {}
    for path in sorted(said):
        if path == ("environment",):
            values[path] = list(environments)
        elif path == ("time",):
            values[path] = list(_moments(said[path], at))
        elif path and path[0] in _FREE:
            inner = any(other[: len(path)] == path and other != path for other in said)
            values[path] = [_ABSENT, {}] if inner or path == ("attributes",) else _free(said[path])
    return {path: _once(options) for path, options in values.items()}


def _free(said: Iterable[Mention]) -> list[object]:
    """Values of what the caller says itself."""
    known: list[Value] = []
    parts: list[Value] = []
    for mention in said:
        (parts if mention.how == "part" else known).extend(samples(mention))
    options: list[object] = [_ABSENT, *known, *([part] for part in parts)]
    if parts:
        options += [[], parts]
    if any(isinstance(value, str) for value in known):
        options.append(_OTHER)
    # nothing tells what type a field has that is only looked at; a value of another type is no request
    return options if len(options) > 1 else [_ABSENT, _OTHER, 0, True, False]


def _moments(said: Iterable[Mention], at: datetime) -> Iterator[datetime]:
    yield at
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for mention in said:
        for value in samples(mention):
            if isinstance(value, datetime):
                yield value
            elif isinstance(value, timedelta) and abs(value) < timedelta(days=366):
                yield midnight + value


def _once(options: Iterable[object]) -> list[object]:
    return list({(type(option), repr(option)): option for option in options}.values())


def _combined(values: Mapping[Path, Sequence[object]]) -> Iterator[dict[Path, object]]:
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _sampled(
    values: Mapping[Path, Sequence[object]], named: Iterable[Sequence[Mention]]
) -> Iterator[dict[Path, object]]:
    """Each field alone, then the combinations within each policy."""
    plain = {path: options[0] for path, options in values.items()}
    yield plain
    for path, options in values.items():
        for option in options[1:]:
            yield {**plain, path: option}
    for policy in named:
        own = {mention.path: values[mention.path] for mention in policy if mention.path in values}
        for count, choice in enumerate(_combined(own)):
            if count >= MOST:
                break
            yield {**plain, **choice}


def _situation(choice: Mapping[Path, object], environment: str, at: datetime) -> Situation | None:
    """The situation of one choice; None when an outer field is absent and an inner one is not."""
    fields: list[str] = []
    context: dict[str, Any] | None = None
    tenant: str | None = None
    for path, value in choice.items():
        if value is _ABSENT or (path == ("environment",) and value == environment) or value == at:
            continue
        if value != {} or path == ("attributes",):
            fields.append(f"{'.'.join(path)} = {_shown(value)}")
        if path == ("environment",):
            environment = str(value)
        elif path == ("time",) and isinstance(value, datetime):
            at = value
        elif path == ("tenant",):
            if not isinstance(value, str) or not value:
                return None
            tenant = value
        elif path[0] == "attributes":
            context = {} if context is None else context
            if not _set(context, path[1:], value):
                return None
    return Situation(environment=environment, at=at, tenant=tenant, context=context, fields=tuple(fields))


def _set(context: dict[str, Any], path: Path, value: object) -> bool:
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
    return str(value).lower() if isinstance(value, bool) else str(value)
