"""Property paths are read and written as Pulumi does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.values.paths import Part, Path, Wildcard, parse, render, touches
from tests.support.engine.values import texts, unhurried

EVERY = Wildcard.EVERY


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("size", ("size",)),
        ("tags.Name", ("tags", "Name")),
        ("tags.myelin:layer", ("tags", "myelin:layer")),
        ('tags["a.b"]', ("tags", "a.b")),
        ('["with \\" quote"].x', ('with " quote', "x")),
        ("rules[0].port", ("rules", 0, "port")),
        ("rules[*].port", ("rules", EVERY, "port")),
        ("rules.*.port", ("rules", EVERY, "port")),
        ("*", (EVERY,)),
    ],
)
def test_reads(text: str, path: Path) -> None:
    """Names, quoted names, positions and wildcards."""
    assert parse(text) == path


@pytest.mark.parametrize("text", ["", ".a", "a.", "a..b", "a[", "a]", "a[x]", 'a["x]', "a.[0]", "a[-1]"])
def test_refuses_what_is_malformed(text: str) -> None:
    """A path that cannot be read is an error: ignoring it would manage what was to be left alone."""
    with pytest.raises(ValueError, match="property path"):
        parse(text)


parts: st.SearchStrategy[Part] = texts | st.integers(0, 99) | st.just(EVERY)


@unhurried
@given(path=st.lists(parts, min_size=1, max_size=4).map(tuple))
def test_reads_what_it_writes(path: Path) -> None:
    """Any path comes back as it was."""
    assert parse(render(path)) == path


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a", "a", True),
        ("a", "a.b[0]", True),
        ("a.b", "a", True),
        ("a.b", "a.c", False),
        ("a[*].x", "a[3].x.y", True),
        ("a[*].x", "a[3].y", False),
        ("*", "a", True),
        ("a", "ab", False),
    ],
)
def test_touches(pattern: str, path: str, expected: bool) -> None:
    """A change touches a pattern when one lies within the other."""
    assert touches(parse(pattern), parse(path)) is expected
