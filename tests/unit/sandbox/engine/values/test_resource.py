"""Resources and what they refer to."""

from __future__ import annotations

from sandbox.engine.values.resource import (
    in_dependency_order,
    out_of_order,
    prerequisites,
    with_renamed_references,
)
from tests.support.engine.values import URN, thing

USER = thing(
    "b", parent=URN + "p", dependencies=(URN + "a",), property_dependencies={"refs": (URN + "c",), "of": ()}
)


def test_refers_to_parent_and_dependencies() -> None:
    """Those of single inputs count, and a resource does not refer to itself."""
    assert prerequisites(USER) == {URN + name for name in "apc"}
    assert prerequisites(thing("a", dependencies=(URN + "a",))) == frozenset()


def test_orders_by_references() -> None:
    """A resource comes after what it refers to; one that refers to nothing keeps its place."""
    a, c, p = thing("a"), thing("c"), thing("p")
    assert in_dependency_order([USER, c, a, p]) == [a, c, p, USER]


def test_names_what_is_out_of_order() -> None:
    """What comes before something that it refers to, or refers to what is not there."""
    a = thing("a")
    assert list(out_of_order([a, thing("b", dependencies=(URN + "a",))])) == []
    assert list(out_of_order([thing("b", dependencies=(URN + "a",)), a])) == [URN + "b"]
    assert list(out_of_order([USER])) == [URN + "b"]
    assert list(out_of_order([USER], within={URN + "x"})) == []


def test_renames_every_reference() -> None:
    """Parent, dependencies and those of single inputs; what does not refer to it is left as it is."""
    (renamed,) = with_renamed_references([USER], URN + "c", URN + "d")
    assert renamed.property_dependencies == {"refs": (URN + "d",), "of": ()}
    assert with_renamed_references([USER], URN + "x", URN + "y") == [USER]
