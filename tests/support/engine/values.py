"""Values for the engine's tests: resources, and strategies that make any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sandbox.engine.values import wire
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from tests.support.engine.world import THING

URN = f"urn:pulumi:test-layer::myelin::{THING}::"
STACK_URN = "urn:pulumi:test-layer::myelin::pulumi:pulumi:Stack::myelin-test-layer"
THING_A = ResourceState(urn=URN + "a", type=THING, custom=True, inputs={"size": 1})
ROOT = ResourceState(urn=STACK_URN, type="pulumi:pulumi:Stack", custom=False)


def thing(name: str, identity: str = "", **fields: Any) -> ResourceState:
    """A recorded Thing; its id is its name unless given."""
    return ResourceState(urn=URN + name, type=THING, custom=True, id=identity or name, **fields)


def goal(name: str = "a", **fields: Any) -> ResourceGoal:
    """A registration of a Thing."""
    return ResourceGoal(
        **{"urn": URN + name, "type": THING, "name": name, "custom": True, "inputs": {}, **fields}
    )


unhurried = settings(suppress_health_check=[HealthCheck.too_slow])
"""For property tests: a machine shared with others may take its time."""

names = st.text('abcXYZ.-_ "[é', min_size=1, max_size=6)
texts = st.text('ab\n {["\\\x00é☃😀', max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts | st.floats(-1e9, 1e9)


def _within(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(children, max_size=3)
        | st.dictionaries(names, children, max_size=3)
        | children.map(wire.conceal)
    )


values = st.recursive(scalars, _within, max_leaves=8)
"""Property values in wire form, secrets among them."""

plain_values = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(names, children, max_size=3),
    max_leaves=8,
)
"""Property values without secrets."""


def properties() -> st.SearchStrategy[dict[str, Any]]:
    """A set of properties in wire form."""
    return st.dictionaries(names, values, max_size=4)


@st.composite
def resources(draw: st.DrawFn, name: str = "a", refers_to: tuple[str, ...] = ()) -> ResourceState:
    """Any recorded resource of one name, which refers to no URNs but those."""
    urns = st.lists(st.sampled_from(refers_to), unique=True, max_size=3) if refers_to else st.just([])
    return ResourceState(
        urn=URN + name,
        type=THING,
        custom=True,
        id=draw(texts),
        inputs=draw(properties()),
        outputs=draw(properties()),
        parent=draw(st.sampled_from(("", *refers_to))),
        dependencies=tuple(draw(urns)),
        property_dependencies={
            key: tuple(draw(urns)) for key in draw(st.lists(names, unique=True, max_size=2))
        },
        protect=draw(st.booleans()),
        retain_on_delete=draw(st.booleans()),
        external=draw(st.booleans()),
        additional_secret_outputs=tuple(draw(st.lists(names, max_size=2))),
        created=draw(st.sampled_from(["", "2026-11-22T00:00:00+00:00"])),
        modified=draw(st.sampled_from(["", "2026-11-22T01:00:00+00:00"])),
        source_position=draw(st.sampled_from(["", "file:///x.py#1,0"])),
        init_errors=tuple(draw(st.lists(texts, max_size=2))),
    )


def reference(urn: str, identity: str | None = None) -> dict[str, Any]:
    """A resource as a property value."""
    return {wire.SIGNATURE: wire.RESOURCE, "urn": urn} | ({} if identity is None else {"id": identity})


def asset(path: Path, **more: str) -> dict[str, Any]:
    """A file as a property value."""
    return {wire.SIGNATURE: wire.ASSET, "path": str(path), **more}
