"""Parses the schema, after its limits have been checked, and lists its actions."""

from __future__ import annotations

import json
import re
from typing import Any

import cedarpy

from policies.calls.language.errors import PolicyError
from policies.calls.language.faults import find_quoted, plain
from policies.calls.language.text import MAX_DEPTH, line_and_column
from policies.calls.language.values import SourceText

_MAX_SCHEMA_BYTES = 256 * 1024


def parse_schema(document: SourceText) -> Any:
    """Cedar's handle of a schema. Raises PolicyError."""
    depth = 0
    for offset, character in enumerate(document.text):
        depth += (character in "([{<") - (character in ")]}>")
        if depth > MAX_DEPTH or offset > _MAX_SCHEMA_BYTES:
            line, column = line_and_column(document.text, offset)
            raise PolicyError(
                "the schema is too large or nested too deeply",
                path=document.path,
                line=line,
                column=column,
                hint=f"keep it under {_MAX_SCHEMA_BYTES} bytes and {MAX_DEPTH} levels of brackets",
            )
    try:
        return cedarpy.Schema.from_str(document.text)
    except ValueError as error:
        found = find_quoted(str(error), document.text)
        line, column = line_and_column(document.text, found or 0)
        raise PolicyError(
            f"the schema does not parse: {plain(str(error))}",
            path=document.path,
            line=line,
            column=column,
            hint="see https://docs.cedarpolicy.com/schema/human-readable-schema.html",
        ) from error


def actions_of(handle: Any) -> tuple[str, ...]:
    """The names of the actions, sorted; Cedar prints each of them quoted on a line of its own."""
    names = re.findall(r'^action ("(?:[^"\\]|\\.)*")', str(handle), flags=re.MULTILINE)
    return tuple(sorted(json.loads(name) for name in names))
