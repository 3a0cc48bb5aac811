"""Reads JSON documents that Pulumi wrote, and the resource states in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import NotAGraphError, NotJsonError
from .text import read_text
from .values import Graph, Resource, Source
from .wire import decode_all, location

PREVIEW = "pulumi preview --json"
EXPORT = "pulumi stack export"
_SEPARATOR = "::"


def read_documents(path: Path, command: str) -> tuple[Any, ...]:
    """Read a JSON file that `command` wrote: one document, or one a line as event streams have them.

    Raises UnreadableError or NotJsonError.
    """
    text = read_text(path, command)
    try:
        return (json.loads(text),)
    except ValueError as error:
        if _has_lines(text):
            return _read_lines(text, path, command)
        raise _not_json(text, error, path, command) from error


def _has_lines(text: str) -> bool:
    """Whether the first line is a document of its own, and more follows."""
    first, _, rest = text.strip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and bool(rest)
    except ValueError:
        return False


def _read_lines(text: str, path: Path, command: str) -> tuple[Any, ...]:
    found = []
    # a JSON text may have other signs in it that end a line in Unicode, such as U+0085
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise NotJsonError(
                    "is an event stream with a line that is no JSON",
                    path=path,
                    line=number,
                    hint=f"write it again with `{command} > FILE`",
                ) from error
    return tuple(found)


def _not_json(text: str, error: ValueError, path: Path, command: str) -> NotJsonError:
    if not isinstance(error, json.JSONDecodeError):
        return NotJsonError(f"is no JSON: {error}", path=path, hint=f"write it with `{command} > FILE`")
    if not text.strip():
        message, hint = "is empty", f"write it with `{command} > FILE`; did that command fail?"
    elif error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        message, hint = "ends in the middle of a JSON document", f"write it again with `{command} > FILE`"
    elif text.lstrip()[:1] != "{":
        message = "is no JSON"
        hint = f"write it with `{command} > FILE`; only what goes to stdout belongs in it"
    else:
        message, hint = f"is no JSON: {error.msg.lower()}", f"write it with `{command} > FILE`"
    return NotJsonError(message, path=path, line=error.lineno, hint=hint)


def read_resources(states: Iterable[Any], path: Path) -> tuple[Resource, ...]:
    """Read resource states, the last one of each URN; raises NotAGraphError.

    What the stack does not own, what waits for its deletion, and what is already deleted and waits for its
    replacement, is left out.
    """
    found: dict[str, Resource] = {}
    for number, state in enumerate(states, 1):
        try:
            if not any(state.get(mark) for mark in ("external", "delete", "pendingReplacement")):
                found[state["urn"]] = _read_resource(state)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            fault = (
                f"has no `{error.args[0]}`" if isinstance(error, KeyError) else "is not as Pulumi writes it"
            )
            raise NotAGraphError(
                f"resource {number} of the file {fault}", path=path, hint="was the file edited?"
            ) from error
    return tuple(found.values())


def _read_resource(state: Mapping[str, Any]) -> Resource:
    by_property: dict[str, tuple[str, ...]] = {
        name: tuple(urns) for name, urns in (state.get("propertyDependencies") or {}).items() if urns
    }
    used = {urn for urns in by_property.values() for urn in urns}
    return Resource(
        urn=str(state["urn"]),
        token=str(state["type"]),
        name=name_of(str(state["urn"])),
        parent=state.get("parent") or "",
        custom=bool(state.get("custom")),
        id=str(state.get("id") or ""),
        inputs=decode_all(state.get("inputs") or {}),
        outputs=decode_all(state.get("outputs") or {}),
        references=by_property,
        depends_on=tuple(urn for urn in state.get("dependencies") or () if urn not in used),
        protect=bool(state.get("protect")),
        location=location(state.get("sourcePosition") or ""),
    )


def name_of(urn: str) -> str:
    """The name in `urn:pulumi:STACK::PROJECT::TYPE::NAME`; a name may have `::` in it."""
    return urn.split(_SEPARATOR, 3)[-1]


def make_graph(
    found: tuple[Resource, ...],
    source: Source,
    path: Path,
    *,
    notes: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
) -> Graph:
    """Make a graph of what was found; a file without resources is named by its path."""
    stack, project = path.stem, ""
    if found:
        head, _, rest = found[0].urn.partition(_SEPARATOR)
        stack, project = head.rpartition(":")[2], rest.partition(_SEPARATOR)[0]
    return Graph(stack=stack, project=project, source=source, resources=found, notes=notes, missing=missing)
