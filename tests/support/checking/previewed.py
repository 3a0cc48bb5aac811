"""Runs a Pulumi program file and writes what `pulumi preview --json` would, without the Pulumi command.

The form is that of Pulumi's own display code (previewDigest), down to unknowns as a fixed text and source
positions relative to the project.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pulumi
from google.protobuf import json_format
from pulumi.runtime.proto import resource_pb2

from tests.support.recording.recorder import STACK, Recorder, _whole, record

PROJECT = "somebody-elses"


class PreviewMonitor(Recorder):
    """Keeps the state of each resource as a preview foresees it: outputs are unknown."""

    def __init__(self, root: Path, states: list[dict[str, Any]], stacks: Mapping[str, Any]) -> None:
        super().__init__(stacks)
        self._root = root
        self._states = states

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        urn = self.make_urn(request.parent, request.type, request.name)
        state = {
            "urn": urn,
            "custom": request.custom,
            "type": request.type,
            "inputs": _whole(json_format.MessageToDict(request.object)),
            "parent": request.parent,
            "protect": request.protect,
            "dependencies": sorted(request.dependencies),
            "propertyDependencies": {
                name: sorted(found.urns) for name, found in request.propertyDependencies.items()
            },
            "sourcePosition": self._position(request.sourcePosition),
        }
        with self._guard:
            self._states.append(state)
        return resource_pb2.RegisterResourceResponse(urn=urn, id="", object=request.object)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        chain = parent.split("::")[2] if parent else STACK
        qualified = type_ if chain == STACK else f"{chain}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{PROJECT}::{qualified}::{name}"

    def _position(self, position: Any) -> str:
        path = Path(unquote(urlparse(position.uri).path))
        if not position.uri or not path.is_relative_to(self._root):
            return ""
        return f"project:///{path.relative_to(self._root).as_posix()}#{position.line},{position.column}"


def preview(program: Path, stack: str = "dev") -> dict[str, Any]:
    """The document for a program file, whose folder is the project."""
    states: list[dict[str, Any]] = []
    root = program.parent.resolve()
    record(
        lambda: _run(root / program.name),
        stack=stack,
        config={"aws:region": "eu-central-1"},
        root=root,
        preview=True,
        make=lambda stacks: PreviewMonitor(root, states, stacks),
    )
    steps = [{"op": "create", "urn": state["urn"], "newState": state} for state in states]
    return {"config": {}, "steps": steps, "diagnostics": [], "changeSummary": {"create": len(steps)}}


def write_preview(program: Path, path: Path, stack: str = "dev") -> Path:
    """As `pulumi preview --json > path`."""
    path.write_text(json.dumps(preview(program, stack), indent=2), encoding="utf-8")
    return path


def write_export(program: Path, path: Path, stack: str = "dev") -> Path:
    """As `pulumi stack export > path`, for a program that has been deployed."""
    resources = [step["newState"] for step in preview(program, stack)["steps"]]
    document = {"version": 3, "deployment": {"manifest": {}, "resources": resources}}
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")
