"""Warns of policies that are valid, and yet hardly what was meant. Pure.

    never-applies   no request can match it: an error in a forbid, which then protects nothing
    shadowed        a permit that a forbid always overrules
    duplicate       applies only where another policy with the same effect does
    wildcard        a permit whose scope is open, so that it also opens what is declared later

Every warning is certain: it follows from the texts of the policies, the schema and the declarations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import Literal

from policies.calls.language.errors import PolicyError
from policies.calls.language.policy_parts import PolicyParts, ScopeNames, read_parts
from policies.calls.language.schema_types import ActionType, UnreadSchemaError, action_types
from policies.calls.language.values import Policy, PolicySources
from policies.calls.linting.impossible import DeclaredNames, impossible_because

LintCode = Literal["never-applies", "shadowed", "duplicate", "wildcard"]
_MOST_TERMS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LintWarning:
    """A warning about one policy, with its place; `other` is the id of the second policy that it names.

    `line` is None where the policy follows from a declaration. `is_error`: the set must not be published so.
    """

    code: LintCode
    is_error: bool
    policy: str
    path: Path
    line: int | None
    message: str
    hint: str
    other: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _LintedPolicy:
    policy: Policy
    parts: PolicyParts


def lint(sources: PolicySources, declared: DeclaredNames) -> tuple[LintWarning, ...]:
    """Find all warnings, sorted by place."""
    all_parts = read_parts(policy.text for policy in sources.policies)
    actions = _actions_of(sources)
    entries = [
        _LintedPolicy(policy=policy, parts=_with_members(parts, actions))
        for policy, parts in zip(sources.policies, all_parts, strict=True)
    ]
    index = _Index(entries)
    found = [
        warning
        for entry in entries
        for warning in (
            *_warn_never_applies(entry, declared, actions),
            *_warn_covered(entry, index),
            *_warn_open(entry),
        )
    ]
    return tuple(sorted(found, key=lambda item: (str(item.path), item.line or 0, item.policy, item.code)))


def dead_forbids(sources: PolicySources, declared: DeclaredNames) -> Iterator[PolicyError]:
    """An error for each forbid that can never apply: it was meant to protect, and does not."""
    forbids = [policy for policy in sources.policies if policy.effect == "forbid"]
    actions = _actions_of(sources)
    for policy, parts in zip(forbids, read_parts(policy.text for policy in forbids), strict=True):
        entry = _LintedPolicy(policy=policy, parts=_with_members(parts, actions))
        for warning in _warn_never_applies(entry, declared, actions):
            yield as_fault(warning)


def as_fault(warning: LintWarning) -> PolicyError:
    """A warning that is an error, as one."""
    return PolicyError(warning.message, path=warning.path, line=warning.line, hint=warning.hint)


def _actions_of(sources: PolicySources) -> Mapping[str, ActionType]:
    """The actions of the schema; none, if it is not understood."""
    try:
        return action_types(sources.schema)
    except (UnreadSchemaError, ValueError):
        return {}


def _with_members(parts: PolicyParts, actions: Mapping[str, ActionType]) -> PolicyParts:
    """The parts, with every intent that is in a group of the scope. A group alone is no intent.

    Where the schema is not understood, nothing is known of such a scope: it is like no other.
    """
    if not parts.action_groups or parts.actions is None:
        return parts
    if not actions:
        return replace(parts, actions=frozenset({f"in {', '.join(sorted(parts.actions))}"}))
    groups = parts.actions
    return replace(
        parts,
        actions=frozenset(name for name, kind in actions.items() if name in groups or kind.groups & groups),
    )


def covers(wide: PolicyParts, narrow: PolicyParts) -> bool:
    """Whether it follows from the texts that `wide` applies whenever `narrow` does."""
    return (
        _within(narrow.principals, wide.principals)
        and _within(narrow.actions, wide.actions)
        and _within(narrow.resources, wide.resources)
        and wide.keys <= narrow.keys
    )


def _within(narrow: ScopeNames, wide: ScopeNames) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)


class _Index:
    """Finds the policies that cover another one without comparing each pair."""

    def __init__(self, entries: Sequence[_LintedPolicy]) -> None:
        self._by_shape: dict[tuple[object, ...], list[_LintedPolicy]] = defaultdict(list)
        for entry in entries:
            part = entry.parts
            for names in product(
                *(_names_or_any(names) for names in (part.principals, part.actions, part.resources))
            ):
                self._by_shape[(part.effect, *names, part.keys)].append(entry)

    def covering(self, narrow: PolicyParts, effect: str) -> Iterator[_LintedPolicy]:
        """The policies with this effect that apply whenever `narrow` does; `narrow` may be among them."""
        scopes = [
            (None, *sorted(names)[:1]) if names else (None,)
            for names in (narrow.principals, narrow.actions, narrow.resources)
        ]
        seen = set[str]()
        for names in product(*scopes):
            for keys in _subsets(narrow.keys):
                for entry in self._by_shape.get((effect, *names, keys), ()):
                    if entry.policy.id not in seen and covers(entry.parts, narrow):
                        seen.add(entry.policy.id)
                        yield entry


def _names_or_any(names: ScopeNames) -> Sequence[str | None]:
    return (None,) if names is None else tuple(names)


def _subsets(keys: frozenset[tuple[str, ...]]) -> Iterator[frozenset[tuple[str, ...]]]:
    """The sets of terms that a covering policy may have; if there are many terms, only the simplest sets."""
    sizes = range(len(keys) + 1) if len(keys) <= _MOST_TERMS else (0, 1, len(keys))
    for size in sizes:
        yield from (frozenset(chosen) for chosen in combinations(sorted(keys), size))


def _warn_covered(entry: _LintedPolicy, index: _Index) -> Iterator[LintWarning]:
    policy, parts = entry.policy, entry.parts
    if parts.effect == "permit":
        for other in index.covering(parts, "forbid"):
            yield _make_warning(
                policy,
                "shadowed",
                f"`{policy.id}` permits nothing: the forbid `{other.policy.id}`"
                f"{_where(other.policy, policy)} applies whenever it does",
                "remove it, or narrow the forbid",
                other.policy.id,
            )
            return
    for other in index.covering(parts, parts.effect):
        same = covers(parts, other.parts)
        if other.policy.id == policy.id or (same and not _later(policy, other.policy)):
            continue
        verb = "applies exactly where" if same else "applies only where"
        yield _make_warning(
            policy,
            "duplicate",
            f"`{policy.id}` {verb} `{other.policy.id}` does{_where(other.policy, policy)}",
            "remove one of them",
            other.policy.id,
        )
        return


def _later(policy: Policy, other: Policy) -> bool:
    """Which of two equal policies gets the warning: the one in a file, or else the later by id."""
    return (policy.line is not None, policy.id) > (other.line is not None, other.id)


def _warn_never_applies(
    entry: _LintedPolicy, declared: DeclaredNames, actions: Mapping[str, ActionType]
) -> Iterator[LintWarning]:
    policy = entry.policy
    why = next(_reasons_never_to_apply(entry, declared, actions), None)
    if why is not None:
        forbids = entry.parts.effect == "forbid"
        also = ", so it forbids nothing" if forbids else ""
        yield _make_warning(
            policy,
            "never-applies",
            f"`{policy.id}` never applies: {why}{also}",
            "remove it, or correct what it names",
            is_error=forbids,
        )


def _reasons_never_to_apply(
    entry: _LintedPolicy, declared: DeclaredNames, actions: Mapping[str, ActionType]
) -> Iterator[str]:
    parts = entry.parts
    for names in (parts.principals, parts.resources):
        if names is not None and not names & declared.services:
            listed = ", ".join(f"`{name}`" for name in sorted(names))
            yield f"no service {listed} is declared" if names else "its scope is about no service"
    asked = {name for name, kind in actions.items() if kind.context is not None}
    if parts.actions is not None and (not parts.actions or (actions and not parts.actions & asked)):
        yield "it is about no intent"
    for term in parts.terms:
        opposite = "unless" if term.kind == "when" else "when"
        if term.words == (("false",) if term.kind == "when" else ("true",)):
            yield f"its `{term.kind}` is `{term.text}`"
        if (opposite, *term.words) in parts.keys:
            yield f"`{_short(term.text)}` would have to hold and not to hold"
    yield from _contradictions(parts)
    intents = asked if parts.actions is None else parts.actions & asked
    why = impossible_because(entry.policy.text, intents, actions, declared) if parts.terms else None
    if why is not None:
        yield why


def _contradictions(parts: PolicyParts) -> Iterator[str]:
    """Fields that would need two values at once."""
    fixed: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for term in parts.terms:
        if term.kind == "when" and (equality := _equality(term.words)):
            fixed[equality[0]].add(equality[1])
    for path, values in fixed.items():
        if len(values) > 1:
            yield f"`{''.join(path)}` would have to be {' and '.join(sorted(values))}"


def _equality(words: tuple[str, ...]) -> tuple[tuple[str, ...], str] | None:
    """The path and the string that a term compares with `==`; None for any other term."""
    if words.count("==") != 1:
        return None
    at = words.index("==")
    left, right = words[:at], words[at + 1 :]
    if len(left) == 1 and left[0].startswith('"'):
        left, right = right, left
    plain = left[:1] == ("context",) and all(word == "." or word.isidentifier() for word in left)
    return (left, right[0]) if plain and len(right) == 1 and right[0].startswith('"') else None


def _warn_open(entry: _LintedPolicy) -> Iterator[LintWarning]:
    """Open scopes and patterns of permits; a forbid may have them, since it only denies."""
    policy, parts = entry.policy, entry.parts
    if parts.effect != "permit":
        return
    found = [
        words
        for words, names, variable in (
            ("every service", parts.principals, "principal"),
            ("every intent", parts.actions, "action"),
            ("every target", parts.resources, "resource"),
        )
        if names is None and not parts.reads(variable)
    ]
    if found:
        yield _make_warning(
            policy,
            "wildcard",
            f"`{policy.id}` permits {' and '.join(found)}, also those declared later",
            "name what it is about with `==`, or declare the call in a service.toml",
        )
    for term in parts.terms:
        if term.kind == "when" and _matches_every_text(term.words):
            yield _make_warning(
                policy,
                "wildcard",
                f"`{_short(term.text)}` in `{policy.id}` matches every text",
                "narrow the pattern, or leave the condition out",
            )


def _matches_every_text(words: tuple[str, ...]) -> bool:
    """Whether a term is a field and `like "*"`, and nothing else."""
    *path, like, pattern = words if len(words) > 1 else ("", "", "")
    plain = path[:1] == ["context"] and all(word == "." or word.isidentifier() for word in path)
    return plain and like == "like" and set(pattern[1:-1]) == {"*"}


def _make_warning(
    policy: Policy,
    code: LintCode,
    message: str,
    hint: str,
    other: str | None = None,
    *,
    is_error: bool = False,
) -> LintWarning:
    return LintWarning(
        code=code,
        is_error=is_error,
        policy=policy.id,
        path=policy.path,
        line=policy.line,
        message=message,
        hint=hint,
        other=other,
    )


def _where(policy: Policy, beside: Policy) -> str:
    """The place of a policy, if it is not in the same file."""
    if policy.path == beside.path:
        return ""
    return f" in {policy.path}" if policy.line is None else f" in {policy.path}:{policy.line}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else f"{plain[:59]}…"
