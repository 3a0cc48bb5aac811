"""No alteration of the audit trail goes unseen. GOV-2."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from policies.calls.trail.chain import (
    AuditRecord,
    ChainHead,
    ChainLink,
    digest,
    next_entry,
    verified_checkpoints,
    verified_entries,
    verify_chain,
)
from policies.calls.trail.errors import BrokenChainError, UnprovenTrailError
from policies.calls.trail.export import (
    verify_trail,
)
from tests.support.governance.audit_chain import COUNT, HEADS, HOLDS, LINKS, SIGNED, checkpoint, checkpoints


def broken_at(links: list[ChainLink], start: int = 0) -> int:
    """Where the chain breaks: verified from `start` on, before which nothing was altered."""
    try:
        for _ in verified_entries(links[start:], HEADS[start]):
            pass
        verify_chain(links, [checkpoint(COUNT)])
    except BrokenChainError as error:
        return error.sequence
    return 0


def first_broken(link: ChainLink, head: ChainHead, since: str | None = None) -> int:
    """The number of the entry that does not hold after one of that time; 0 when it does."""
    try:
        next(verified_entries([link], head, since=datetime.fromisoformat(since) if since else None))
    except BrokenChainError as error:
        return error.sequence
    return 0


def test_an_unaltered_trail_holds() -> None:
    """All entries, and the checkpoint signs for the last."""
    result = verify_trail(LINKS, [SIGNED], HOLDS)
    assert (result.head, result.newest.sequence, len(result.checkpoints)) == (HEADS[-1], COUNT, 1)


def test_every_flipped_byte_is_found_where_it_is() -> None:
    """Each byte of body and digest of each of 500 entries, each of its bits in turn over the positions."""
    flipped = 0
    for number, link in enumerate(LINKS):
        for name, text in (("body", link.body), ("digest", link.digest)):
            for position, character in enumerate(text):
                other = text[:position] + chr(ord(character) ^ (1 << position % 7)) + text[position + 1 :]
                # everything before is as it was, so verification comes here with the same state
                altered = replace(link, **{name: other})
                assert first_broken(altered, HEADS[number]) == number + 1
                flipped += 1
    assert flipped > 100_000


def test_an_entry_made_anew_is_found_at_the_next() -> None:
    """A forger who also makes the digest fit breaks the link after it; at the end, the checkpoint."""
    for number, link in enumerate(LINKS):
        body = link.body.replace('"action":"put"', '"action":"not"')
        forged = ChainLink(body=body, digest=digest(body))
        links = [forged, *LINKS[number + 1 : number + 2]]
        if number < COUNT - 1:
            with pytest.raises(BrokenChainError) as caught:
                list(verified_entries(links, HEADS[number]))
            assert caught.value.sequence == number + 2
    assert broken_at([*LINKS[:-1], forged]) == COUNT


def test_every_removal_is_found() -> None:
    """Any one entry, and any number of them at the end."""
    for number in range(COUNT):
        links = LINKS[:number] + LINKS[number + 1 :]
        assert broken_at(links, number if number < COUNT - 1 else 0) == number + 1
    for number in range(0, COUNT, 25):
        with pytest.raises(BrokenChainError, match=f"there were {COUNT} entries") as caught:
            verify_chain(LINKS[:number], [checkpoint(COUNT)])
        assert caught.value.sequence == number + 1


def test_every_insertion_is_found() -> None:
    """A copy of an entry, or one that was made to fit, before any other and at the end."""
    for number in range(COUNT + 1):
        made = next_entry(HEADS[number], AuditRecord(actor="eve", action="put"), "2026-11-22T08:00:00+00:00")
        for link in (LINKS[number - 1], ChainLink(body=made.body, digest=made.digest)):
            links = [*LINKS[:number], link, *LINKS[number:]]
            if number < COUNT:
                assert broken_at(links, number) in (number + 1, number + 2)
    # what is added after the last checkpoint is a longer chain, and nothing proves its end
    made = next_entry(HEADS[-1], AuditRecord(actor="eve", action="put"), "2026-11-22T08:00:00+00:00")
    with pytest.raises(UnprovenTrailError, match=f"entries {COUNT + 1} to {COUNT + 1} prove nothing"):
        verify_trail([*LINKS, ChainLink(body=made.body, digest=made.digest)], [SIGNED], HOLDS)
    with pytest.raises(UnprovenTrailError, match=f"the {COUNT} entries prove nothing"):
        verify_trail(LINKS, [], HOLDS)


def test_every_exchange_is_found() -> None:
    """Neighbours anywhere, and any two far apart."""
    for number in range(COUNT - 1):
        for other in {number + 1, (number + 101) % COUNT}:
            links = LINKS.copy()
            links[number], links[other] = links[other], links[number]
            first = min(number, other)
            assert broken_at(links, first) == first + 1


def test_a_trail_that_was_written_anew_contradicts_its_checkpoint() -> None:
    """A chain that holds in itself is not the one that was signed for."""
    heads = [ChainHead()]
    anew: list[ChainLink] = []
    for _ in LINKS:
        entry = next_entry(heads[-1], AuditRecord(actor="eve", action="put"), "2026-11-22T07:00:00+00:00")
        anew.append(ChainLink(body=entry.body, digest=entry.digest))
        heads.append(entry.head)
    with pytest.raises(BrokenChainError, match="a signed checkpoint names another digest") as caught:
        verify_trail(anew, [SIGNED], HOLDS)
    assert caught.value.sequence == COUNT


def test_time_runs_forward_but_for_the_difference_of_clocks() -> None:
    """Five seconds back are two clocks; six, or a time without zone, or none at all, are a forgery."""
    at = "2026-11-22T08:00:10+00:00"
    first = next_entry(ChainHead(), AuditRecord(actor="ada", action="put"), at)
    for time, holds in (
        ("2026-11-22T08:00:05+00:00", True),
        ("2026-11-22T08:00:04+00:00", False),
        ("1999-01-01T00:00:00+00:00", False),
        ("2026-11-22T08:00:11", False),
        ("yesterday", False),
    ):
        second = next_entry(first.head, AuditRecord(actor="ada", action="put"), time)
        link = ChainLink(body=second.body, digest=second.digest)
        assert (first_broken(link, first.head, first.at) == 0) is holds, time


def test_checkpoints_are_one_chain_that_goes_up() -> None:
    """One that is missing, forked, exchanged, of another key, that signs for less or before: found."""
    chain = checkpoints(3, 5, 9, 9 + 1)
    assert verified_checkpoints([chain[2], chain[0], chain[3], chain[1], chain[0]]) == tuple(chain)
    fork = replace(chain[1], at="2026-11-22T08:00:01+00:00")
    for broken, why in (
        ([chain[1]], "checkpoint 1 is missing"),
        ([chain[0], chain[2]], "checkpoint 2 is missing"),
        ([*chain[:2], fork], "two checkpoints 2: the trail has a fork"),
        ([chain[0], fork, chain[2]], "checkpoint 3 does not name the one before"),
        ([replace(chain[0], previous="1" * 64)], "checkpoint 1 does not name the one before"),
        ([replace(chain[0], sequence=0)], "signs for no entry"),
        ([chain[0], checkpoint(3, chain[0])], "signs for no more than the one before"),
        ([chain[0], replace(chain[1], key="other")], "another table or key"),
        ([chain[0], replace(chain[1], table="other")], "another table or key"),
        ([chain[0], replace(chain[1], at="2026-11-22T07:59:54+00:00")], "before that of an earlier one"),
    ):
        with pytest.raises(BrokenChainError, match=why):
            verified_checkpoints(broken)


def test_an_entry_is_not_after_the_checkpoint_that_signs_for_it() -> None:
    """Who signs has seen what it signs for."""
    early = replace(checkpoint(3), at="2026-11-22T06:59:55+00:00")
    with pytest.raises(BrokenChainError, match="after that of the checkpoint") as caught:
        verify_chain(LINKS[:3], [early])
    assert caught.value.sequence == 2
