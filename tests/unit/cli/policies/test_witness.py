"""What a verifier remembers of a trail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.policies.witness import Witness
from policies.calls.trail.errors import BrokenChainError
from policies.calls.trail.export import VerifiedTrail
from tests.support.governance.audit_chain import HEADS, checkpoints

POINTS = checkpoints(3, 5, 9)


def trail(count: int) -> VerifiedTrail:
    """A verified trail with so many checkpoints."""
    return VerifiedTrail(head=HEADS[POINTS[count - 1].sequence], checkpoints=tuple(POINTS[:count]))


def test_a_trail_goes_on_from_what_was_seen(tmp_path: Path) -> None:
    """A longer one does; a shorter one, a fork, and one of another key do not, and nothing is forgotten."""
    witness = Witness(tmp_path / "seen.json")
    for count in (1, 2, 2):
        witness.confirm(trail(count), "key")
    with pytest.raises(BrokenChainError, match="remembers checkpoint 2"):
        witness.confirm(trail(1), "key")
    fork = replace(POINTS[1], at="2026-11-22T08:00:01+00:00")
    with pytest.raises(BrokenChainError, match="the trail has a fork"):
        witness.confirm(replace(trail(2), checkpoints=(POINTS[0], fork)), "key")
    with pytest.raises(BrokenChainError, match="another key"):
        witness.confirm(trail(3), "other")
    witness.confirm(trail(3), "key")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": "k", "number": true, "checkpoint": "c"}', "\0"])
def test_another_file_is_bad_input(tmp_path: Path, text: str) -> None:
    """It is neither believed nor written over."""
    file = tmp_path / "seen.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="is not the memory of a verifier"):
        Witness(file).confirm(trail(1), "key")
    assert file.read_text() == text
