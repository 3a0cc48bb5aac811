"""What makes two configurations of a function the same."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration

CHANGED: dict[str, Any] = {"memory_size": 256, "timeout": 9, "traced": True, "environment": (("A", "1"),)}


@pytest.mark.parametrize("name", [field.name for field in fields(FunctionConfiguration)])
def test_each_part_counts(name: str, configuration: FunctionConfiguration) -> None:
    """A process serves one fingerprint, so a change of any part of it needs another process."""
    changed = replace(configuration, **{name: CHANGED.get(name, "changed")})
    assert changed.fingerprint != configuration.fingerprint
    assert replace(changed, **{name: getattr(configuration, name)}).fingerprint == configuration.fingerprint
