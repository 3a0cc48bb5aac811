"""What differs between two sets of inputs, and how it is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.planning.diff import compare
from sandbox.engine.values.paths import parse
from sandbox.engine.values.properties import UNKNOWN, ArchiveValue, AssetValue, ResourceReference, SecretValue
from tests.support.engine.values import names, plain_values, properties, unhurried, values


def changed(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(change.path, change.old, change.new) for change in compare(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": [0]}, {"a": [False]}, [("a[0]", 0, False)]),
        ({"a": 1}, {"a": "1"}, [("a", 1, "1")]),
        ({}, {"a": 1}, [("a", None, 1)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({"a": None}, {}, []),
        ({"a": {"b": None}}, {"a": {}}, []),
        ({}, {"a": []}, [("a", None, [])]),
        ({"t": {"x": 1, "y": 2}}, {"t": {"x": 1, "y": 3}}, [("t.y", 2, 3)]),
        ({"t": {"a.b": 1}}, {"t": {}}, [('t["a.b"]', 1, None)]),
        ({"l": [1, 2]}, {"l": [1, 3, 4]}, [("l[1]", 2, 3), ("l[2]", None, 4)]),
        ({"l": [1]}, {"l": {"x": 1}}, [("l", [1], {"x": 1})]),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, [("a", 1, 2), ("b", 1, 2)]),
    ],
)
def test_compares(old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, Any, Any]]) -> None:
    """Values differ where they differ; null is absent, true is not one."""
    assert changed(old, new) == expected


def item(name: str, value: Any = 1) -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # at the front, in the middle, at the end: one element is new, or gone
        ([1, 2, 3], [0, 1, 2, 3], [("l[0]", None, 0)]),
        ([1, 2, 3], [1, 9, 2, 3], [("l[1]", None, 9)]),
        ([1, 2, 3], [2, 3], [("l[0]", 1, None)]),
        ([1, 1], [1, 1, 1], [("l[2]", None, 1)]),
        # what is between the ends is compared by position
        ([1, 2, 3, 4], [1, 7, 8, 4], [("l[1]", 2, 7), ("l[2]", 3, 8)]),
        ([{"x": 1}, {"x": 2}], [{"x": 3}, {"x": 2}], [("l[0].x", 1, 3)]),
        # named elements are matched by name, wherever they are
        ([item("a"), item("b")], [item("n"), item("a"), item("b", 2)], [
            ("l[0]", None, item("n")), ("l[2].value", 1, 2),
        ]),
        ([item("a"), item("b"), item("c")], [item("a"), item("c", 2)], [
            ("l[1]", item("b"), None), ("l[1].value", 1, 2),
        ]),
        # another order may mean something
        ([item("a"), item("b")], [item("b"), item("a")], [
            ("l[0].name", "a", "b"), ("l[1].name", "b", "a"),
        ]),
        ([1, 2], [2, 1], [("l[0]", 1, 2), ("l[1]", 2, 1)]),
        # a name twice is none
        ([item("a"), item("a", 2)], [item("a", 2)], [("l[0]", item("a"), None)]),
        # null takes a place
        ([None, 1], [1], [("l[0]", None, 1), ("l[1]", 1, None)]),
        ([1, None], [1], []),
    ],
)  # fmt: skip
def test_lists_differ_by_their_elements(old: list[Any], new: list[Any], expected: list[Any]) -> None:
    """An element that comes or goes does not show those after it as changed."""
    assert changed({"l": old}, {"l": new}) == expected


@unhurried
@given(old=st.lists(plain_values, max_size=5), new=st.lists(plain_values, max_size=5), named=st.booleans())
def test_lists_differ_exactly_where_they_do_by_position(old: list[Any], new: list[Any], named: bool) -> None:
    """However elements are matched: lists are the same only if each position has the same."""
    if named:
        old = [{"name": str(index % 3), "value": value} for index, value in enumerate(old)]
        new = [{"name": str(index % 4), "value": value} for index, value in enumerate(new)]
    longest = max(len(old), len(new))
    positions = [(dict(enumerate(values)) | {"length": 0}) for values in (old, new)]
    by_position = [
        changed({"x": positions[0].get(index)}, {"x": positions[1].get(index)}) for index in range(longest)
    ]
    assert bool(changed({"l": old}, {"l": new})) == any(by_position)


@unhurried
@given(same=properties())
def test_nothing_differs_from_itself(same: dict[str, Any]) -> None:
    """A set of inputs has no difference from itself, nor from itself with other things secret."""
    assert compare(same, same) == ()
    assert compare(same, {name: SecretValue(value) for name, value in same.items()}) == ()


@unhurried
@given(old=properties(), new=properties())
def test_is_the_same_from_both_sides(old: dict[str, Any], new: dict[str, Any]) -> None:
    """The places that differ are the same from both sides, and each one's path can be read back."""
    there, back = compare(old, new), compare(new, old)
    assert [(change.path, change.old, change.new) for change in there] == [
        (change.path, change.new, change.old) for change in back
    ]
    assert all(parse(change.path)[0] == change.property for change in there)


@unhurried
@given(value=st.dictionaries(names, plain_values, max_size=3), other=plain_values)
def test_documents_differ_where_their_content_does(value: dict[str, Any], other: Any) -> None:
    """JSON text compares by what it says: spacing and order are nothing, a change shows where it lies."""
    before = json.dumps(value, sort_keys=True)
    assert changed({"policy": before}, {"policy": json.dumps(value, indent=2)}) == []
    after = json.dumps({**value, "added": other})
    paths = [path for path, _, _ in changed({"policy": before}, {"policy": after})]
    assert paths == ([] if other is None else ["policy.added"])


def test_text_that_only_looks_like_json_is_text() -> None:
    """What cannot be read as a document differs as a whole, and so does a document from plain text."""
    assert changed({"a": "{x"}, {"a": "{y"}) == [("a", "{x", "{y")]
    assert changed({"a": "{}"}, {"a": "plain"}) == [("a", "{}", "plain")]
    assert changed({"a": "1"}, {"a": "1.0"}) == [("a", "1", "1.0")]
    deep = "[" * 100_000
    assert changed({"a": deep}, {"a": "{}"}) == [("a", deep, "{}")]


@unhurried
@given(secret=values, other=values)
def test_shows_no_secret(secret: Any, other: Any) -> None:
    """A change that has to do with a secret shows that it is one, on both sides, and where, but not what."""
    for old, new in (
        ({"a": SecretValue(secret)}, {"a": other}),
        ({"a": other}, {"a": [SecretValue(secret)]}),
    ):
        assert {shown for change in compare(old, new) for shown in (change.old, change.new)} <= {
            None,
            "[secret]",
        }


def test_shows_what_is_unknown() -> None:
    """An unknown value is shown as such, within others, too."""
    assert changed({"a": 1}, {"a": UNKNOWN}) == [("a", 1, "[unknown]")]
    assert changed({}, {"a": {"b": [UNKNOWN]}}) == [("a", None, {"b": ["[unknown]"]})]


def test_shows_assets_by_their_hash() -> None:
    """Assets compare by content: a moved one is the same, a changed one shows how its hash begins."""
    one = ArchiveValue(path="/one", hash="1" * 64)
    assert changed({"code": one}, {"code": ArchiveValue(path="/two", hash="1" * 64)}) == []
    assert changed({"code": one}, {"code": ArchiveValue(path="/one", hash="2" * 64)}) == [
        ("code", "[asset 111111111111]", "[asset 222222222222]")
    ]
    assert changed({}, {"code": [one]}) == [("code", None, ["[asset 111111111111]"])]
    text = AssetValue(text="hello")
    assert changed({"code": text}, {"code": AssetValue(text="bye")}) == [("code", "[asset]", "[asset]")]
    assert changed({"code": text}, {"code": None}) == [("code", "[asset]", None)]


def test_a_reference_is_compared_by_its_id() -> None:
    """An input given as a resource is the same as one given as that resource's id."""
    reference = ResourceReference(urn="urn:x", id="x-1")
    assert changed({"a": reference}, {"a": "x-1"}) == []
    assert changed({"a": [reference]}, {"a": ["x-2"]}) == [("a[0]", "x-1", "x-2")]
    assert changed({}, {"a": {"b": reference}}) == [("a", None, {"b": "x-1"})]
