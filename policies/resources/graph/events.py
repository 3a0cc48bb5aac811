"""Reads a stream of Pulumi's engine events, a JSON object a line.

`pulumi preview --json` writes it where PULUMI_ENABLE_STREAMING_JSON_PREVIEW is set, and `--event-log FILE`
writes the same.
It does not tell which resources an unknown input comes from.
Source: pulumi/pulumi, sdk/go/common/apitype/events.go (EngineEvent).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_BEFORE = "resourcePreEvent"
_AFTER = "resOutputsEvent"
_CUT = "the event stream has no end, so resources may be missing"


def is_event(document: Any) -> bool:
    """Whether a document is one event of a stream."""
    return isinstance(document, dict) and "sequence" in document and "timestamp" in document


def digest_of(events: Sequence[Any]) -> dict[str, Any]:
    """The events as one digest of a preview; `cut` says why it may not be whole."""
    steps: dict[tuple[str, str], dict[str, Any]] = {}
    diagnostics: list[Any] = []
    summary: Mapping[str, Any] | None = None
    for event in filter(is_event, events):
        for name in (_BEFORE, _AFTER):
            if metadata := (event.get(name) or {}).get("metadata"):
                operation, urn = str(metadata.get("op")), str(metadata.get("urn"))
                # what comes after a step has its outputs, too
                steps[operation, urn] = {
                    "op": operation,
                    "urn": urn,
                    "oldState": metadata.get("old"),
                    "newState": metadata.get("new"),
                }
        if diagnostic := event.get("diagnosticEvent"):
            diagnostics.append(diagnostic)
        if ended := event.get("summaryEvent"):
            summary = ended.get("resourceChanges") or {}
    return {
        "steps": list(steps.values()),
        "diagnostics": diagnostics,
        "changeSummary": summary,
        "cut": () if summary is not None else (_CUT,),
    }
