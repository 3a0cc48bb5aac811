"""Reads a stack as it is deployed: the output of `pulumi stack export`, or a local back end's state file.

Source: pulumi/pulumi, sdk/go/common/apitype (UntypedDeployment, VersionedCheckpoint, DeploymentV3).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .documents import EXPORT, PREVIEW, make_graph, read_documents, read_resources
from .errors import NotAGraphError
from .values import Graph

_PENDING = "operations were cut off ({}): what is deployed may differ"


def read_export(path: Path) -> Graph:
    """Read an exported stack: the resources as they were last deployed; raises GraphError."""
    documents = read_documents(path, EXPORT)
    deployment = _deployment(documents[0]) if len(documents) == 1 else None
    if deployment is None:
        raise _not_an_export(documents[0], path)
    pending = len(deployment.get("pending_operations") or ())
    notes = (_PENDING.format(pending),) if pending else ()
    return make_graph(read_resources(deployment.get("resources") or (), path), "export", path, notes=notes)


def is_state(document: Any) -> bool:
    """Whether a document has the state of a stack."""
    return _deployment(document) is not None


def _deployment(document: Any) -> dict[str, Any] | None:
    """The deployment in an export or a state file; empty for a stack that was never deployed."""
    if not isinstance(document, dict):
        return None
    if "deployment" in document:
        found = document["deployment"]
    elif isinstance(checkpoint := document.get("checkpoint", document), dict) and "latest" in checkpoint:
        found = checkpoint["latest"]
    elif "manifest" in document and "resources" in document:
        found = document
    else:
        return None
    found = {} if found is None else found
    readable = isinstance(found, dict) and isinstance(found.get("resources") or [], list)
    return found if readable else None


def _not_an_export(document: Any, path: Path) -> NotAGraphError:
    previewed = isinstance(document, dict) and ("steps" in document or "sequence" in document)
    return NotAGraphError(
        f"is the output of `{PREVIEW}`" if previewed else f"is not the output of `{EXPORT}`",
        path=path,
        hint="give it with --preview" if previewed else f"write it with `{EXPORT} > FILE`",
    )
