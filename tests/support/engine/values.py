"""Values for the engine's tests: goals and resources, and strategies that make any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sandbox.engine.values.properties import UNKNOWN, ArchiveValue, AssetValue, ResourceReference, mark_secret
from sandbox.engine.values.resource import ResourceGoal, ResourceState
from tests.support.engine.memory_provider import THING

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


paths = st.sampled_from(["/a", "/b/c.zip"])
hashes = st.none() | st.sampled_from(["1" * 64, "2" * 64])
assets = st.builds(AssetValue, path=paths, hash=hashes) | st.builds(AssetValue, text=texts)
archives = st.builds(ArchiveValue, path=paths, hash=hashes) | st.builds(
    ArchiveValue, assets=st.dictionaries(names, assets, max_size=2)
)
references = st.builds(ResourceReference, urn=st.just(URN + "a"), id=st.none() | st.sampled_from(["", "a-1"]))
marked = assets | archives | references | st.just(UNKNOWN)


def _within(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(children, max_size=3)
        | st.dictionaries(names, children, max_size=3)
        | children.map(mark_secret)
    )


values = st.recursive(scalars | marked, _within, max_leaves=8)
"""Property values of every kind."""

plain_values = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(names, children, max_size=3),
    max_leaves=8,
)
"""Property values without secrets."""


def properties() -> st.SearchStrategy[dict[str, Any]]:
    """A set of properties of every kind."""
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


def asset(path: Path) -> AssetValue:
    """A file as a property value."""
    return AssetValue(path=str(path))


def archive(path: Path) -> ArchiveValue:
    """A folder or archive file as a property value."""
    return ArchiveValue(path=str(path))
