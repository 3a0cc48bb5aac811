"""An export of the audit trail is verified offline, and each of its bytes counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.trail.chain import (
    AuditRecord,
    ChainLink,
    next_entry,
)
from policies.calls.trail.errors import BrokenChainError
from policies.calls.trail.export import (
    SignatureCheck,
    export_lines,
    merge_exports,
    read_export,
    verify_trail,
)
from tests.support.effort import effort
from tests.support.governance.audit_chain import HEADS, HOLDS, LINKS, checkpoint, checkpoints, sign

TEXT = "".join(export_lines(LINKS[:20], [sign(checkpoint(20))]))


@settings(max_examples=effort(300))
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 6))
def test_every_byte_of_an_export_counts(position: int, bit: int) -> None:
    """Also of the words between, of the line ends, and of the checkpoint and its signature."""
    flipped = TEXT[:position] + chr(ord(TEXT[position]) ^ (1 << bit)) + TEXT[position + 1 :]
    with pytest.raises(BrokenChainError):
        verify_trail(*read_export(flipped), HOLDS)


def test_every_byte_of_a_checkpoint_counts() -> None:
    """Each bit of its line: the statement, and the signature in base64."""
    line = "".join(export_lines([], [sign(checkpoint(3))]))
    for position in range(len(line)):
        for bit in range(7):
            flipped = line[:position] + chr(ord(line[position]) ^ (1 << bit)) + line[position + 1 :]
            with pytest.raises(BrokenChainError):
                verify_trail(LINKS[:3], read_export(flipped)[1] or [], _only_if_any(flipped))


def _only_if_any(text: str) -> SignatureCheck:
    """A line that is no checkpoint any more leaves none, which is not an error by itself."""
    links, signed = read_export(text)
    if not signed and not links:
        raise BrokenChainError(3, "the checkpoint is gone")
    return HOLDS


def test_exports_that_follow_each_other_are_one_trail() -> None:
    """In any order, and where they overlap; different entries in one place are found."""
    spans = ((0, 9), (9, 15), (12, 20))
    points = checkpoints(*(end for _, end in spans))
    parts = [
        "".join(export_lines(LINKS[a:b], [sign(point)])) for (a, b), point in zip(spans, points, strict=True)
    ]
    result = verify_trail(*merge_exports(reversed(parts)), HOLDS)
    assert (result.head, result.checkpoints) == (HEADS[20], tuple(points))
    with pytest.raises(BrokenChainError) as caught:
        verify_trail(*merge_exports([parts[0], parts[2]]), HOLDS)
    assert caught.value.sequence == 20  # the second checkpoint is missing, and so what it signs for
    made = next_entry(HEADS[8], AuditRecord(actor="eve", action="put"), "2026-11-22T07:00:09+00:00")
    other = "".join(export_lines([ChainLink(body=made.body, digest=made.digest)]))
    with pytest.raises(BrokenChainError, match="two exports have different entries") as caught:
        merge_exports([parts[0], other])
    assert caught.value.sequence == 9
