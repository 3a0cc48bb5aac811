"""What previews and updates share: URNs taken once, aliases, lookups, other stacks."""

from __future__ import annotations

import pytest

from sandbox.engine.errors import DuplicateResourceError, MissingResourceError, MissingStackError
from sandbox.engine.planning.steps import Step, StepAction
from sandbox.engine.running.registrar import StepLog, look_up, resolve_stack_reference
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.memory_provider import THING, MemoryProvider
from tests.support.engine.values import ROOT, STACK_URN, URN, goal, thing


def test_takes_a_urn_once() -> None:
    """A second resource of one name is an error that names it."""
    log = StepLog()
    log.claim(URN + "a")
    with pytest.raises(DuplicateResourceError, match=f"two resources have the name `{URN}a`"):
        log.claim(URN + "a")
    assert log.claimed == {URN + "a"}


def test_keeps_steps_in_order() -> None:
    """Steps are told in the order in which they were decided."""
    log = StepLog()
    steps = [Step(action=StepAction.CREATE, urn=URN + name) for name in "ba"]
    for step in steps:
        log.add(step)
    assert log.steps == tuple(steps)


def test_finds_what_was_recorded_under_an_alias() -> None:
    """Its own URN comes first; an alias that is used is taken, too."""
    old, recorded = thing("old"), {URN + "old": thing("old"), URN + "new": thing("new")}
    renamed = goal("new", aliases=(URN + "none", URN + "old"))
    log = StepLog()
    assert log.claim_recorded(renamed, {URN + "old": old}.get) == old
    assert log.claimed == {URN + "new", URN + "old"}
    log = StepLog()
    assert log.claim_recorded(renamed, recorded.get) == recorded[URN + "new"]
    assert log.claimed == {URN + "new"}


def test_a_component_is_no_resource() -> None:
    """A component does not pass for a resource of the same name, nor the other way round."""
    recorded = {STACK_URN: ROOT, URN + "a": thing("a")}
    component = goal("a", urn=STACK_URN, custom=False)
    assert StepLog().claim_recorded(component, recorded.get) == ROOT
    assert StepLog().claim_recorded(goal("a", urn=STACK_URN), recorded.get) is None
    assert StepLog().claim_recorded(goal("a", custom=False), recorded.get) is None


def test_looks_up_by_id() -> None:
    """What exists is given with its outputs, secret ones as secrets; what does not is an error."""
    provider = MemoryProvider(things={"a-1": {"type": THING, "revision": 2, "size": 1}})
    found = look_up(provider, goal(import_id="a-1"))
    assert (found.id, found.outputs["size"], found.outputs["token"]) == ("a-1", 1, SecretValue("hush-a-1"))
    with pytest.raises(MissingResourceError, match="there is no resource with id `b-1`"):
        look_up(provider, goal(import_id="b-1"))


@pytest.mark.parametrize("name", ["lower", "myelin/lower", "organization/myelin/lower"])
def test_resolves_a_stack_of_this_project(name: str) -> None:
    """Organization and project may be left out."""
    assert resolve_stack_reference({"lower": {"a": 1}}.get, goal(import_id=name)) == {"a": 1}


@pytest.mark.parametrize("name", ["upper", "other/lower", "x/myelin/lower", "a/organization/myelin/lower"])
def test_knows_no_other_stacks(name: str) -> None:
    """A stack never deployed, or of another project, is an error that names it."""
    with pytest.raises(MissingStackError, match=f"the stack `{name}` has not been deployed"):
        resolve_stack_reference({"lower": {}}.get, goal(import_id=name))
