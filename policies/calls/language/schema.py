"""Parses the schema, after its limits have been checked, and lists its actions.

Like policies, a schema is parsed by native code that deep nesting ends; so the brackets are counted first, in
tokens: those in comments and strings open and close nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cedarpy

from policies.calls.language.errors import PolicyError
from policies.calls.language.faults import plain
from policies.calls.language.schema_types import (
    ActionType,
    AtomType,
    RecordType,
    UnreadSchemaError,
    action_types,
)
from policies.calls.language.text import MAX_DEPTH, Token, line_and_column, tokens_of, unescape
from policies.calls.language.values import SourceText

_MAX_SCHEMA_BYTES = 256 * 1024
_HINT = "see https://docs.cedarpolicy.com/schema/human-readable-schema.html"
_NAMED = (
    (re.compile(r"unexpected token `(.+)`"), "unexpected"),
    (re.compile(r"failed to resolve types?: (.+)"), "used"),
    (re.compile(r'undeclared action: (?:.*::)?"(.+)"'), "used"),
    (re.compile(r"`(.+)` is declared twice"), "twice"),
    (re.compile(r"declaration for `(.+)`"), "declared"),
    (re.compile(r"containing `(.+)`"), "declared"),
)
"""What messages of Cedar name, and as what it stands in the schema."""
_CONTEXT: Mapping[str, tuple[AtomType | None, bool]] = {
    "environment": (AtomType("String"), True),
    "time": (AtomType("datetime"), True),
    "proven": (AtomType("Bool"), True),
    "tenant": (AtomType("String"), False),
    "attributes": (None, False),
}
"""The context that the function makes: the type of each attribute (None for any record), and whether it is
always there.
"""
_BEFORE_DECLARED = frozenset({"entity", "action", "type", ","})


def parse_schema(document: SourceText) -> Any:
    """Cedar's handle of a schema. Raises PolicyError."""
    if len(document.text.encode("utf-8", "surrogatepass")) > _MAX_SCHEMA_BYTES:
        raise _too_large(document, 0)
    tokens = tokens_of(document)
    depth = 0
    for token in tokens:
        depth = max(0, depth + (token.text in "([{<") - (token.text in ")]}>"))
        if depth > MAX_DEPTH:
            raise _too_large(document, token.start)
    try:
        return cedarpy.Schema.from_str(document.text)
    except ValueError as error:
        found = _locate_fault(document.text, tokens, str(error))
        line, column = (None, None) if found is None else line_and_column(document.text, found)
        raise PolicyError(
            f"the schema does not parse: {plain(str(error))}",
            path=document.path,
            line=line,
            column=column,
            hint=_HINT,
        ) from error


def context_faults(document: SourceText) -> Iterator[PolicyError]:
    """An error for each action whose requests can not be as the function makes them: it would deny them all.

    The document has passed `parse_schema`. Of a schema that is not understood nothing is said.
    """
    try:
        actions = action_types(document.text)
    except UnreadSchemaError:
        return
    tokens = tokens_of(document)
    for name, action in sorted(actions.items()):
        why = next(_reasons_to_misfit(action), None) if action.context is not None else None
        if why is not None:
            found = _place_of(document.text, tokens, name, "declared", "")
            line, column = (None, None) if found is None else line_and_column(document.text, found)
            yield PolicyError(
                f"no request about `{name}` can fit the schema: {why}",
                path=document.path,
                line=line,
                column=column,
                hint="use environment, time, proven, tenant? and attributes?, as docs/governance.md has it",
            )


def _reasons_to_misfit(action: ActionType) -> Iterator[str]:
    """Where what an action applies to differs from the requests that the function makes."""
    for role, types in (("principal", action.principals), ("resource", action.resources)):
        if "Service" not in types:
            yield f"its {role} is no `Service`"
    declared = {} if action.context is None else action.context.attributes
    for name, (kind, always) in _CONTEXT.items():
        if name not in declared:
            if always:
                yield f"its context has no `{name}`"
            continue
        found, needed = declared[name]
        if kind != found and not (kind is None and isinstance(found, RecordType)):
            yield f"`{name}` in its context is no {'record' if kind is None else kind.name}"
        if needed and not always:
            yield f"`{name}` in its context is not always there, so it has to be optional"
    for name, (_, needed) in declared.items():
        if needed and name not in _CONTEXT:
            yield f"nobody sends `{name}` in its context; what a caller says is below `attributes`"


def actions_of(handle: Any) -> tuple[str, ...]:
    """The names of the actions, sorted; Cedar prints each of them quoted on a line of its own."""
    names = re.findall(r'^action ("(?:[^"\\]|\\.)*")', str(handle), flags=re.MULTILINE)
    return tuple(sorted(unescape(name) for name in names))


def _too_large(document: SourceText, offset: int) -> PolicyError:
    line, column = line_and_column(document.text, offset)
    return PolicyError(
        "the schema is too large or nested too deeply",
        path=document.path,
        line=line,
        column=column,
        hint=f"keep it under {_MAX_SCHEMA_BYTES} bytes and {MAX_DEPTH} levels of brackets",
    )


def _locate_fault(text: str, tokens: Sequence[Token], message: str) -> int | None:
    """Where in the text the fault is that a message of Cedar tells of; None where it is not certain."""
    if message.endswith("unexpected end of input"):
        return tokens[-1].end if tokens else 0
    if "escape" in message:
        return next((token.start for token in tokens if _has_bad_escape(token)), None)
    for pattern, role in _NAMED:
        found = pattern.search(message)
        if found is not None:
            return _place_of(text, tokens, found[1], role, message)
    return None


def _place_of(text: str, tokens: Sequence[Token], name: str, role: str, message: str) -> int | None:
    if role == "unexpected":
        return _first_unexpected(text, [token for token in tokens if token.text == name], message)
    named = list(_named(tokens, name))
    declared = [index for index in named if index and tokens[index - 1].text in _BEFORE_DECLARED]
    if role == "used":
        used = [index for index in named if _is_used(tokens, index)]
        return tokens[used[0]].start if used else None
    which = 1 if role == "twice" else 0
    return tokens[declared[which]].start if len(declared) > which else None


def _first_unexpected(text: str, candidates: Sequence[Token], message: str) -> int | None:
    """The token at which parsing stops, bisected: a text that ends before it has another fault."""
    low, high = 0, len(candidates) - 1
    if high < 0:
        return None
    while low < high:
        middle = (low + high) // 2
        if _message_of(text[: candidates[middle].end]) == message:
            high = middle
        else:
            low = middle + 1
    return candidates[low].start


def _message_of(text: str) -> str | None:
    try:
        cedarpy.Schema.from_str(text)
    except ValueError as error:
        return str(error)
    return None


def _named(tokens: Sequence[Token], name: str) -> Iterator[int]:
    """Where a name stands, plain, quoted, or as a path; the index of its first token."""
    parts = name.split("::")
    words = [part for name_part in parts for part in (name_part, "::")][:-1]
    for index in range(len(tokens) - len(words) + 1):
        found = [token.text for token in tokens[index : index + len(words)]]
        if [unescape(word) if word.startswith('"') else word for word in found] == words:
            yield index


def _is_used(tokens: Sequence[Token], index: int) -> bool:
    """Whether a name is that of a type or group, and not of an attribute or a declaration."""
    before = tokens[index - 1].text if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before not in ("entity", "type", "action", "{") and after not in (":", "?")


def _has_bad_escape(token: Token) -> bool:
    return "\\" in token.text and "escape" in (_message_of(f"action {token.text};") or "")
