"""One way to break a deployment behind its back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.names import Layer
from tests.support.end_to_end.project import ProjectCopy

SIGNING_KEY = "sandbox/calls/orbit/axon/signing-key"
TABLE = "sandbox-governance-policies"


def state_file(copy: ProjectCopy, layer: str, suffix: str = "json") -> Path:
    (path,) = copy.sandbox.glob(f"stacks/*/sandbox-{layer}.{suffix}")
    return path


def recorded_id(copy: ProjectCopy, layer: Layer, kind: str, name: str) -> str:
    """The physical id of a recorded resource."""
    resources = copy.world._store.load(f"sandbox-{layer}").resources.values()
    return next(item.id for item in resources if item.urn.endswith(f"{kind}::{name}"))


@dataclass(frozen=True, kw_only=True)
class Break:
    """One way to break a deployment, and what `up` has mended then: resources by type and name, or files."""

    name: str
    by: Callable[[ProjectCopy], Any]
    mended: str
    costly: bool = False
    alone: bool = False
