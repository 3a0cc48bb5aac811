"""Reads the output of `pulumi stack export`.

Source: pulumi/pulumi, sdk/go/common/apitype (UntypedDeployment, DeploymentV3, ResourceV3).
"""

from __future__ import annotations

from pathlib import Path

from .documents import EXPORT, PREVIEW, graph, read_json, resources
from .errors import NotAGraphError
from .values import Graph

_PENDING = "operations were cut off ({}): what is deployed may differ"


def read_export(path: Path) -> Graph:
    """Read an exported stack: the resources as they were last deployed; raises GraphError."""
    document = read_json(path, EXPORT)
    deployment = document.get("deployment") if isinstance(document, dict) else None
    if not isinstance(deployment, dict) or not isinstance(deployment.get("resources") or [], list):
        previewed = isinstance(document, dict) and "steps" in document
        raise NotAGraphError(
            f"is the output of `{PREVIEW}`" if previewed else f"is not the output of `{EXPORT}`",
            path=path,
            hint="give it with --preview" if previewed else f"write it with `{EXPORT} > FILE`",
        )
    pending = len(deployment.get("pending_operations") or ())
    notes = (_PENDING.format(pending),) if pending else ()
    return graph(resources(deployment.get("resources") or (), path), "export", path, notes)
