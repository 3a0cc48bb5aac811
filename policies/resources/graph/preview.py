"""Reads the output of `pulumi preview --json`.

Source: pulumi/pulumi, pkg/backend/display/json.go (previewDigest).
"""

from __future__ import annotations

from pathlib import Path

from .documents import EXPORT, PREVIEW, graph, read_json, resources
from .errors import NotAGraphError
from .values import Graph

_GONE = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read", "read-replacement"})
_FAILED = "error"


def read_preview(path: Path) -> Graph:
    """Read a preview: the stack as it will be; raises GraphError.

    An error among its diagnostics becomes a note, for then the program ended before it had declared all.
    """
    document = read_json(path, PREVIEW)
    if not isinstance(document, dict) or not isinstance(document.get("steps"), list):
        exported = isinstance(document, dict) and "deployment" in document
        raise NotAGraphError(
            f"is the output of `{EXPORT}`" if exported else f"is not the output of `{PREVIEW}`",
            path=path,
            hint="give it with --export" if exported else f"write it with `{PREVIEW} > FILE`",
        )
    steps = [step for step in document["steps"] if isinstance(step, dict) and step.get("op") not in _GONE]
    states = [step["newState"] for step in steps if step.get("newState")]
    failures = sum(
        1
        for item in document.get("diagnostics") or ()
        if isinstance(item, dict) and item.get("severity") == _FAILED
    )
    notes = (
        (f"the preview ended with errors ({failures}): resources may be missing from it",) if failures else ()
    )
    return graph(resources(states, path), "preview", path, notes)
