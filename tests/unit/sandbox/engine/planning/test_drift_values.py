"""What counts as a difference."""

from __future__ import annotations

import pytest

from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift

CHANGE = PropertyChange(path="a", property="a", old=1, new=2)


@pytest.mark.parametrize("kind", DriftKind)
def test_only_a_delegated_change_is_no_difference(kind: DriftKind) -> None:
    """What is gone, added or unknown is one, whatever else."""
    assert ResourceDrift(urn="u", kind=kind, delegated=(CHANGE,)).is_delegated is (kind is DriftKind.CHANGED)
    assert not ResourceDrift(urn="u", kind=kind, changes=(CHANGE,), delegated=(CHANGE,)).is_delegated
