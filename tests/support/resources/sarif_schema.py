"""What SARIF 2.1.0 asks of the parts that a report has.

The whole schema of OASIS is used in addition where the variable SARIF_SCHEMA names its file
(https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json).
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

SCHEMA_FILE = "SARIF_SCHEMA"


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _array(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_TEXT = {"type": "string"}
_MESSAGE = _object(["text"], text=_TEXT)
# RFC 3986, a relative reference: no space and no bracket stands in its path
_URI = {"type": "string", "pattern": r"^(?:[A-Za-z0-9_.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})+$"}
_PHYSICAL = _object(
    ["artifactLocation", "region"],
    artifactLocation=_object(["uri"], uri=_URI),
    region=_object(["startLine"], startLine={"type": "integer", "minimum": 1}),
)
_RULE = _object(
    ["id"],
    id=_TEXT,
    shortDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object([], level={"enum": ["none", "note", "warning", "error"]}),
)
_RESULT = _object(
    ["message", "ruleId", "locations"],
    message=_MESSAGE,
    level={"enum": ["none", "note", "warning", "error"]},
    locations=_array(_object(["physicalLocation"], physicalLocation=_PHYSICAL), minItems=1),
    suppressions=_array(_object(["kind"], kind={"enum": ["inSource", "external"]})),
    partialFingerprints={"type": "object", "additionalProperties": _TEXT},
)
_SHAPE = _object(
    ["version", "runs"],
    version={"const": "2.1.0"},
    runs=_array(
        _object(
            ["tool", "results"],
            tool=_object(["driver"], driver=_object(["name"], rules=_array(_RULE, uniqueItems=True))),
            results=_array(_RESULT),
        )
    ),
)


@cache
def _schemas() -> tuple[Any, ...]:
    path = os.environ.get(SCHEMA_FILE)
    return (_SHAPE, json.loads(Path(path).read_text(encoding="utf-8"))) if path else (_SHAPE,)


def validate_sarif(document: Any) -> None:
    """Raises jsonschema.ValidationError for a document that is no SARIF, or lacks a place."""
    for schema in _schemas():
        jsonschema.validate(document, schema)
