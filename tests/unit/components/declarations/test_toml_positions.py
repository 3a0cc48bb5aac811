"""The line numbers of keys."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.declarations.positions import KeyPath, key_lines

DOCUMENT = '''\
# a comment with = and [brackets]
title = "a # no comment" # a comment

[health]
path = "/health"
"quoted key" = 1
'literal' = 'x]'
dotted.inner = true

[[calls]]
service = "axon"

[[calls]]
service = "other"
[calls.extra]
deep = 1

[table]
text = """
[not.a.table]
key = 1 \\"""
"""
raw = \'\'\'
x = 1\'\'\'
list = [
  "a", # first
  [1, 2],
  { inline = 1, nested = { x = 2 } },
]
empty = []
nothing = {}
after = 1979-05-27T07:32:00Z
'''


def test_every_kind_of_key_is_found_on_its_line() -> None:
    """Tables, lists of tables, dotted and quoted keys, items and inline keys have the line they stand on."""
    lines = key_lines(DOCUMENT)
    text = DOCUMENT.splitlines()
    assert lines["title",] == 2
    assert lines["health",] == 4
    assert lines["health", "quoted key"] == 6
    assert lines["health", "literal"] == 7
    assert lines["health", "dotted", "inner"] == 8
    assert lines["calls", 0] == 10
    assert lines["calls", 1, "service"] == 14
    assert lines["calls", 1, "extra", "deep"] == 16
    assert "[not.a.table]" in text[19]
    assert ("not", "a", "table") not in lines
    assert lines["table", "list", 0] == text.index('  "a", # first') + 1
    assert lines["table", "list", 1, 0] == text.index("  [1, 2],") + 1
    assert lines["table", "list", 2, "nested", "x"] == text.index("  { inline = 1, nested = { x = 2 } },") + 1
    assert lines["table", "after"] == len(text)


def test_windows_line_ends_count_as_one() -> None:
    """A carriage return does not move the lines."""
    assert key_lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}


def test_text_that_is_no_document_is_refused() -> None:
    """The scan does not run past what it cannot read."""
    with pytest.raises(ValueError, match="line 2"):
        key_lines("a = 1\n? = 2\n")


keys = st.text("abcdefg_-", min_size=1, max_size=4)
scalars = st.one_of(
    st.integers(-9, 9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text("ab#[]={}, '", max_size=6).map(lambda value: f'"{value}"'),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n " + ",\n ".join(items) + "\n]" if items else "[]"),
        st.dictionaries(keys, scalars, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=4), max_size=4))
def test_keys_are_exactly_those_that_the_parser_sees(tables: dict[str, dict[str, str]]) -> None:
    """Whatever valid document: the same key paths as tomllib, and each line names its key."""
    text = "\n".join(
        f"# {name}\n[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in table.items())
        for name, table in tables.items()
    )
    lines = key_lines(text)
    assert set(lines) == set(_paths(tomllib.loads(text), ()))
    source = text.splitlines()
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in source[line - 1]


def _paths(value: Any, path: KeyPath) -> list[KeyPath]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*path, index))
    return found
