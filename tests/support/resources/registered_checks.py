"""Which checks checkov has registered in this process, where one registry serves all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_REGISTRY = "checkov.terraform.checks.resource.registry"


def _registries() -> list[dict[str, list[Any]]]:
    """The lists of checks by type and by pattern; none before checkov is imported."""
    module = sys.modules.get(_REGISTRY)
    return [module.resource_registry.checks, module.resource_registry.wildcard_checks] if module else []


def foreign_checks() -> list[str]:
    """Ids of registered checks that are not checkov's own."""
    every = [check for by_type in _registries() for checks in by_type.values() for check in checks]
    return sorted({str(check.id) for check in every if not type(check).__module__.startswith("checkov.")})


@contextmanager
def unregistered_after(module: str) -> Iterator[None]:
    """Whatever is registered inside is gone after it, and `module`, which registers, can be imported anew."""
    kept = [{kind: list(checks) for kind, checks in by_type.items()} for by_type in _registries()]
    try:
        yield
    finally:
        sys.modules.pop(module, None)
        for by_type, before in zip(_registries(), kept, strict=True):
            by_type.clear()
            by_type.update(before)
