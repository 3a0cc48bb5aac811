"""The table of reason codes."""

from __future__ import annotations

from policies.calls.deciding.reason_codes import REASON_KINDS, ReasonCode, ReasonKind, codes_of


def test_every_code_has_a_kind_and_every_kind_a_code() -> None:
    """So no new code is sorted by whoever happens to look at it."""
    assert set(REASON_KINDS) == set(ReasonCode)
    assert all(codes_of(kind) for kind in ReasonKind)
    assert codes_of(*ReasonKind) == set(ReasonCode)
