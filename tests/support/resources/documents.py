"""Small documents as Pulumi writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


def urn(token: str, name: str) -> str:
    """The URN of a resource that stands in the stack itself."""
    return f"urn:pulumi:dev::shop::{token}::{name}"


def state(token: str, name: str, **more: Any) -> dict[str, Any]:
    """The state of a custom resource, as both documents have it."""
    return {"urn": urn(token, name), "custom": True, "type": token, "parent": STACK, **more}


def step(token: str, name: str, *, op: str = "create", **more: Any) -> dict[str, Any]:
    """A step of a preview."""
    return {"op": op, "urn": urn(token, name), "newState": state(token, name, **more)}


def preview(path: Path, *steps: dict[str, Any], **more: Any) -> Path:
    """Write a preview."""
    path.write_text(json.dumps({"config": {}, "steps": steps, "duration": 1, "changeSummary": {}, **more}))
    return path


def export(path: Path, *states: dict[str, Any], **more: Any) -> Path:
    """Write an exported stack."""
    path.write_text(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": states, **more}}))
    return path
