"""The one form of an entry: whatever else could be read as one is refused, though its digest be right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.calls.trail.chain import (
    AuditRecord,
    ChainHead,
    ChainLink,
    checkpoint_from,
    digest,
    next_entry,
    verified_entries,
)
from policies.calls.trail.errors import BrokenChainError

ENTRY = next_entry(
    ChainHead(),
    AuditRecord(actor="arn:aws:iam::1:role/a", action="put", details={"n": 1}),
    "2026-01-05T12:00:00+00:00",
)


def entry_with(**changed: Any) -> str:
    """The entry with other values, in canonical form."""
    return json.dumps({**json.loads(ENTRY.body), **changed}, sort_keys=True, separators=(",", ":"))


def verify(body: str) -> None:
    list(verified_entries([ChainLink(body=body, digest=digest(body))]))


def test_the_entry_itself_is_read() -> None:
    """So that the others fail for what was changed."""
    (entry,) = verified_entries([ChainLink(body=ENTRY.body, digest=ENTRY.digest)])
    assert entry == ENTRY
    verify(entry_with(before="v1", after=None, details={}))


@pytest.mark.parametrize(
    "body",
    [
        ENTRY.body.replace('"action":"put"', '"action":"delete","action":"put"'),
        ENTRY.body.replace('"details":{"n":1}', '"details":{"n":2,"n":1}'),
        ENTRY.body.replace('"sequence":1', '"sequence":1.0'),
        ENTRY.body.replace('"n":1', '"n":NaN'),
        ENTRY.body.replace('"n":1', '"n":Infinity'),
        ENTRY.body.replace('"n":1', '"n":1e400'),
        ENTRY.body.replace('"n":1', '"n":' + "[" * 20_000 + "]" * 20_000),
        ENTRY.body.replace('"n":1', '"n":"\\u0061"'),
        ENTRY.body.replace(",", ", "),
        ENTRY.body + " ",
        ENTRY.body + ENTRY.body,
        "[" + ENTRY.body + "]",
        entry_with(sequence=True),
        entry_with(sequence="1"),
        entry_with(sequence=None),
        entry_with(actor=["a"]),
        entry_with(actor=None),
        entry_with(at=5),
        entry_with(previous=0),
        entry_with(before=1),
        entry_with(after=False),
        entry_with(after={}),
        entry_with(details=[]),
        entry_with(details=None),
        entry_with(more=1),
        "null",
        "",
    ],
)
def test_another_reading_of_an_entry_is_refused(body: str) -> None:
    """Doubled names, numbers that are none, values of another type, depth, spaces. GOV-5"""
    with pytest.raises(BrokenChainError) as caught:
        verify(body)
    assert caught.value.sequence == 1


@pytest.mark.parametrize("sequence", ["true", "1.0", '"1"', "NaN", "null"])
def test_a_checkpoint_counts_in_whole_numbers(sequence: str) -> None:
    """`true` equals 1 in Python, and is no number of entries."""
    at = "2026-01-05T12:00:00+00:00"
    body = (
        f'{{"at":"{at}","digest":"d","key":"k","number":1,"previous":"p","sequence":{sequence},"table":"p"}}'
    )
    with pytest.raises(BrokenChainError):
        checkpoint_from(body)
    assert checkpoint_from(body.replace(f'"sequence":{sequence}', '"sequence":1')).sequence == 1
