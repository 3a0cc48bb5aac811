"""The resources that are written twice, as Terraform plans them and as Pulumi previews them."""

from __future__ import annotations

import json
from typing import Any

from tests.support.paths import ROOT

FOLDER = ROOT / "tests" / "unit" / "policies" / "resources" / "terraform" / "oracle"
SERVICES = sorted(path.stem for path in FOLDER.glob("*.json"))
Verdict = tuple[str, str, str]
"""Address, check id, result."""


def document(service: str) -> Any:
    """What is written of a service: `terraform` and `preview`."""
    return json.loads((FOLDER / f"{service}.json").read_text(encoding="utf-8"))


def previewed_tokens() -> list[str]:
    """The resource types, as Pulumi calls them."""
    return sorted(
        {step["newState"]["type"] for service in SERVICES for step in document(service)["preview"]["steps"]}
    )
