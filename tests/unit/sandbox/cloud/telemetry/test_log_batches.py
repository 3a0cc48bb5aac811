"""How lines become calls."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.telemetry.batches import (
    EVENT_OVERHEAD,
    MAX_BYTES,
    MAX_EVENTS,
    MAX_MESSAGE_BYTES,
    MAX_SPAN_MS,
    LogLine,
    split_into_batches,
)


def line(message: str = "m", at: int = 0, stream: str = "s", group: str = "g") -> LogLine:
    return LogLine(group=group, stream=stream, message=message, timestamp_ms=at)


def test_streams_are_kept_apart_and_sorted_by_time() -> None:
    """One batch a stream; lines of equal time stay in the order in which they came."""
    batches = list(split_into_batches([line("b", 2), line("x", 1, "t"), line("a", 1), line("c", 2)]))
    assert [(batch.stream, [at.message for at in batch.lines]) for batch in batches] == [
        ("s", ["a", "b", "c"]),
        ("t", ["x"]),
    ]


def test_empty_lines_are_no_events() -> None:
    """PutLogEvents refuses empty messages, so they are left out."""
    assert list(split_into_batches([line("")])) == []


def test_too_many_events_make_a_second_call() -> None:
    """At most 10,000 events go into one call."""
    assert [len(batch.lines) for batch in split_into_batches([line()] * (MAX_EVENTS + 1))] == [MAX_EVENTS, 1]


def test_too_long_a_time_makes_a_second_call() -> None:
    """A call spans at most 24 hours."""
    assert [
        len(batch.lines)
        for batch in split_into_batches([line(at=0), line(at=MAX_SPAN_MS), line(at=MAX_SPAN_MS + 1)])
    ] == [
        2,
        1,
    ]


def test_giant_line_is_cut_at_a_character() -> None:
    """A message longer than an event may be is cut, never inside a character."""
    (batch,) = split_into_batches([line("ü" * MAX_MESSAGE_BYTES)])
    message = batch.lines[0].message
    assert len(message.encode()) <= MAX_MESSAGE_BYTES
    assert set(message) == {"ü"}


@given(
    lines=st.lists(
        st.builds(
            line,
            message=st.text(min_size=1, max_size=8).map(lambda text: text * 30_000),
            at=st.integers(0, 2 * MAX_SPAN_MS),
            stream=st.sampled_from("st"),
        ),
        max_size=30,
    )
)
def test_every_batch_is_within_the_limits_and_no_line_is_lost(lines: list[LogLine]) -> None:
    """Whatever the lines, each call is valid and each line is in exactly one."""
    batches = list(split_into_batches(lines))
    assert sum(len(batch.lines) for batch in batches) == len(lines)
    for batch in batches:
        assert {(at.group, at.stream) for at in batch.lines} == {(batch.group, batch.stream)}
        assert sum(len(at.message.encode()) + EVENT_OVERHEAD for at in batch.lines) <= MAX_BYTES
        assert batch.lines[-1].timestamp_ms - batch.lines[0].timestamp_ms <= MAX_SPAN_MS
        assert all(left.timestamp_ms <= right.timestamp_ms for left, right in pairwise(batch.lines))
