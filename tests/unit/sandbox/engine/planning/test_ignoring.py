"""`ignore_changes` keeps what was recorded, at any depth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from sandbox.engine.planning.diff import compare
from sandbox.engine.planning.ignoring import keep_ignored
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from tests.support.engine.values import properties, unhurried

SECRET = SecretValue("old")


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 2}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a", {"a": SECRET}, {"a": "new"}, {"a": SECRET}),
        ("t.x", {"t": {"x": 1, "y": 1}}, {"t": {"x": 2, "y": 2}}, {"t": {"x": 1, "y": 2}}),
        ("t.x", {"t": {}}, {"t": {"x": 2}}, {"t": {}}),
        ("t.x", {"t": {"x": 1}}, {"t": {}}, {"t": {"x": 1}}),
        ("t.x", {"t": {"x": 1}}, {}, {}),
        ("t.x", {}, {"t": {"x": 2}}, {"t": {}}),
        ("t.x", {"t": {"x": 1}}, {"t": UNKNOWN}, {"t": UNKNOWN}),
        ('t["a.b"]', {"t": {"a.b": 1}}, {"t": {"a.b": 2}}, {"t": {"a.b": 1}}),
        ("l[1]", {"l": [1, 2]}, {"l": [3, 4, 5]}, {"l": [3, 2, 5]}),
        ("l[1]", {"l": [1]}, {"l": [3, 4]}, {"l": [3, 4]}),
        ("l[*].x", {"l": [{"x": 1}, {"x": 2}]}, {"l": [{"x": 3, "y": 3}]}, {"l": [{"x": 1, "y": 3}]}),
        ("t.*", {"t": {"x": 1}}, {"t": {"y": 2}}, {"t": {"x": 1}}),
        ("*", {"a": 1}, {"b": 2}, {"a": 1}),
        ("t.x", {"t": SecretValue({"x": 1})}, {"t": {"x": 2}}, {"t": SecretValue({"x": 1})}),
        ("t.x", {"t": {"x": 1}}, {"t": SecretValue({"x": 2})}, {"t": SecretValue({"x": 1})}),
    ],
)
def test_keeps(path: str, old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]) -> None:
    """The recorded value, or its absence, at the path; all else as the program says; secrets stay secret."""
    before = repr(new)
    assert keep_ignored(new, old, (path,)) == expected
    assert repr(new) == before


@unhurried
@given(old=properties(), new=properties())
def test_ignoring_all_changes_nothing(old: dict[str, Any], new: dict[str, Any]) -> None:
    """With everything ignored there is no difference, whatever the program says."""
    assert compare(old, keep_ignored(new, old, ("*",))) == ()


def test_ignores_several() -> None:
    """Each path counts."""
    assert keep_ignored({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2}, ("a", "c")) == {
        "a": 2,
        "b": 1,
        "c": 2,
    }
