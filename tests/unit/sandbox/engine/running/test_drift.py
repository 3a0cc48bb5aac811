"""What is otherwise than declared is found with its old and new values, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift, StackDrift
from sandbox.engine.provider import ProviderError
from sandbox.engine.running.drift import find_drift
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import THING, MemoryProvider
from tests.support.engine.programs import STACK, Item, Thing, program, running
from tests.support.engine.values import URN

CHAIN = (
    Item("a", extra={"document": {"rules": [{"name": "x", "port": 1}, {"name": "y", "port": 2}]}}),
    Item("b"),
)


@dataclass(frozen=True)
class Seen:
    """What a test's provider found."""

    values: dict[str, Any]
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inner:
    """Something inside of something else."""

    type: str
    id: str


class LookingMemory(MemoryProvider):
    """A provider in memory that gives whole resources; `inner` are ids inside of them."""

    inner: tuple[str, ...] = ()

    def look(self, token: str, id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Seen | None:  # noqa: A002
        found = self.things.get(id)
        return None if found is None else Seen({name: found.get(name) for name in inputs})

    def inside(self, token: str, id: str, inputs: dict[str, Any]) -> tuple[Inner, ...]:  # noqa: A002
        return tuple(Inner(THING, inner) for inner in self.inner)


@pytest.fixture
def provider() -> LookingMemory:
    return LookingMemory()


def looked(engine: Engine, store: StateStore, provider: LookingMemory, items: tuple[Item, ...]) -> StackDrift:
    """What is found of a program."""
    declared, _ = engine.declared(program(items))
    state = store.load(STACK)
    ids = {item.id for item in state.resources.values()}
    return find_drift(STACK, declared, state, provider, recorded_ids=ids)


def written(folder: Path) -> dict[str, bytes]:
    """Every file of the states."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change(path: str, old: Any, new: Any) -> PropertyChange:
    return PropertyChange(path=path, property=path.partition(".")[0], old=old, new=new)


def test_each_kind_of_drift(engine: Engine, provider: LookingMemory, store: StateStore, folder: Path) -> None:
    """Changed (a list by its elements), deleted, added, never deployed, not declared; nothing is written."""
    engine.up(program((*CHAIN, Item("gone"), Item("old"))))
    before = written(folder)
    ids = {item["logical"]: identity for identity, item in provider.things.items()}
    thing = provider.things[ids["a"]]
    thing["document"] = {"rules": [thing["document"]["rules"][1] | {"port": 3}]}
    thing["size"] = 7
    del provider.things[ids["gone"]]
    provider.inner = ("behind-1", ids["b"])
    found = looked(engine, store, provider, (*CHAIN, Item("gone"), Item("new")))
    assert sorted(found.drifts, key=lambda drift: (drift.urn, drift.kind)) == sorted(
        (
            ResourceDrift(
                urn=URN + "a",
                kind=DriftKind.CHANGED,
                changes=(
                    change("document.rules[0]", {"name": "x", "port": 1}, None),
                    change("document.rules[0].port", 2, 3),
                    change("size", 1, 7),
                ),
            ),
            *(
                ResourceDrift(
                    urn=f"urn:pulumi:{STACK}::myelin::{THING}${THING}::behind-1",
                    kind=DriftKind.ADDED,
                    inside=URN + name,
                )
                for name in ("a", "b")
            ),
            ResourceDrift(urn=URN + "gone", kind=DriftKind.DELETED),
            ResourceDrift(urn=URN + "new", kind=DriftKind.NEVER_DEPLOYED),
            ResourceDrift(urn=URN + "old", kind=DriftKind.NOT_DECLARED),
        ),
        key=lambda drift: (drift.urn, drift.kind),
    )
    assert written(folder) == before


def test_what_is_left_to_others_is_delegated(
    engine: Engine, provider: LookingMemory, store: StateStore
) -> None:
    """A value that the program ignores is told apart from one that it does not."""
    items = (Item("a", options={"ignore_changes": ["size"]}),)
    engine.up(program(items))
    provider.things["a-1"]["size"] = 7
    assert looked(engine, store, provider, items).drifts == (
        ResourceDrift(urn=URN + "a", kind=DriftKind.CHANGED, delegated=(change("size", 1, 7),)),
    )
    assert all(drift.is_delegated for drift in looked(engine, store, provider, items).drifts)


def test_a_program_that_was_changed_differs(
    engine: Engine, provider: LookingMemory, store: StateStore
) -> None:
    """What is there is compared with what is declared, not with what is recorded."""
    engine.up(program((Item("a"),)))
    assert looked(engine, store, provider, (Item("a", size=2),)).drifts == (
        ResourceDrift(urn=URN + "a", kind=DriftKind.CHANGED, changes=(change("size", 2, 1),)),
    )


def test_what_cannot_be_looked_up_is_said(engine: Engine, provider: LookingMemory, store: StateStore) -> None:
    """With the reason; it is neither there nor gone."""

    class Silent(LookingMemory):
        def look(self, token: str, id: str, inputs: Any, outputs: Any) -> Seen | None:  # noqa: A002
            raise ProviderError(urn=id, call="Read", code="Throttled", detail="later")

    engine.up(program((Item("a"),)))
    (drift,) = looked(engine, store, Silent(), (Item("a"),)).drifts
    assert (drift.kind, drift.trouble) == (DriftKind.NOT_LOOKED_UP, "Read failed for `a-1`: Throttled: later")


def test_what_comes_only_with_a_deployment_is_untold(
    engine: Engine, provider: LookingMemory, store: StateStore
) -> None:
    """A reference to something that was never deployed can be compared with nothing."""
    engine.up(program((Item("b"),)))
    found = looked(engine, store, provider, (Item("a"), Item("b", refs=("a",))))
    assert found.untold == {URN + "b": ("refs",)}
    assert [(drift.urn, drift.kind) for drift in found.drifts] == [(URN + "a", DriftKind.NEVER_DEPLOYED)]


def test_a_secret_is_not_shown(engine: Engine, provider: LookingMemory, store: StateStore) -> None:
    """Neither the value that is declared nor the one that is there."""

    def main() -> None:
        Thing("a", {"secret": pulumi.Output.secret("hush")})

    engine.up(running(main))
    provider.things["a-1"]["secret"] = "loud"
    declared, _ = engine.declared(running(main))
    (drift,) = find_drift(STACK, declared, store.load(STACK), provider, recorded_ids=()).drifts
    assert drift.changes == (change("secret", "[secret]", "[secret]"),)
