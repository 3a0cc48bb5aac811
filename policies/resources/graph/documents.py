"""Reads JSON documents that Pulumi wrote, and the resource states in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import NoAwsResourcesError, NotAGraphError, NotJsonError, UnreadableError
from .values import Graph, Resource, Source
from .wire import decode_all, location

PREVIEW = "pulumi preview --json"
EXPORT = "pulumi stack export"


def read_json(path: Path, command: str) -> Any:
    """Read a JSON file that `command` wrote; raises UnreadableError or NotJsonError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableError(
            f"can not be read: {error.strerror or error}", path=path, hint=f"write it with `{command} > FILE`"
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableError("is no text", path=path, hint=f"write it with `{command} > FILE`") from error
    try:
        return json.loads(text)
    except ValueError as error:
        raise _not_json(text, error, path, command) from error


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


def resources(states: Iterable[Any], path: Path) -> tuple[Resource, ...]:
    """Read resource states, the last one of each URN; raises NotAGraphError."""
    found: dict[str, Resource] = {}
    for number, state in enumerate(states, 1):
        try:
            if not state.get("external") and not state.get("delete"):
                found[state["urn"]] = _resource(state)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            fault = (
                f"has no `{error.args[0]}`" if isinstance(error, KeyError) else "is not as Pulumi writes it"
            )
            raise NotAGraphError(
                f"resource {number} of the file {fault}", path=path, hint="was the file edited?"
            ) from error
    return tuple(found.values())


def _resource(state: Mapping[str, Any]) -> Resource:
    by_property: dict[str, tuple[str, ...]] = {
        name: tuple(urns) for name, urns in (state.get("propertyDependencies") or {}).items() if urns
    }
    used = {urn for urns in by_property.values() for urn in urns}
    return Resource(
        urn=str(state["urn"]),
        token=str(state["type"]),
        name=str(state["urn"]).rpartition("::")[2],
        parent=state.get("parent") or "",
        custom=bool(state.get("custom")),
        id=state.get("id") or "",
        inputs=decode_all(state.get("inputs") or {}),
        outputs=decode_all(state.get("outputs") or {}),
        references=by_property,
        depends_on=tuple(urn for urn in state.get("dependencies") or () if urn not in used),
        protect=bool(state.get("protect")),
        location=location(state.get("sourcePosition") or ""),
    )


def graph(found: tuple[Resource, ...], source: Source, path: Path, notes: tuple[str, ...] = ()) -> Graph:
    """Make a graph of what was found; raises NoAwsResourcesError."""
    stack = found[0].urn.split(":")[2] if found else ""
    if not any(item.custom and item.package in ("aws", "aws-native") for item in found):
        raise NoAwsResourcesError(
            f"no AWS resource among the {len(found)} of the stack `{stack}`" if found else "has no resources",
            path=path,
            hint="only resources of Pulumi's AWS provider are checked; is it the right stack?",
        )
    return Graph(stack=stack, source=source, resources=found, notes=notes)
