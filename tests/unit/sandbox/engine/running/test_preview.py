"""A preview decides and predicts, and changes nothing."""

from __future__ import annotations

import pytest

from sandbox.engine.errors import ProtectedResourceError
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.running.preview import PreviewRegistrar
from sandbox.engine.running.registrar import RegisterResult
from sandbox.engine.state.entries import PendingOperation
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.memory_provider import THING, MemoryProvider
from tests.support.engine.programs import STACK
from tests.support.engine.values import ROOT, STACK_URN, URN, goal, thing


def previewing(provider: MemoryProvider, state: StackState) -> PreviewRegistrar:
    return PreviewRegistrar(STACK, state, provider, {"lower": {"a": SecretValue(1)}}.get)


def test_answers_with_what_is_known(provider: MemoryProvider) -> None:
    """A new resource has its inputs and no id; one that stays has all that was recorded."""
    old = thing("b", "b-1", inputs={"size": 1}, outputs={"size": 1, "arn": "x"})
    registrar = previewing(provider, StackState(resources={old.urn: old}))
    assert registrar.register(goal("a", inputs={"size": 1})) == RegisterResult(id="", outputs={"size": 1})
    assert registrar.register(goal("b", inputs={"size": 1})) == RegisterResult(id="b-1", outputs=old.outputs)
    component = goal("g", urn=STACK_URN, type="pulumi:pulumi:Stack", custom=False)
    assert registrar.register(component) == RegisterResult(id="", outputs={})
    assert [(step.name, step.action) for step in registrar.plan().steps] == [
        ("a", StepAction.CREATE),
        ("b", StepAction.SAME),
        ("myelin-test-layer", StepAction.CREATE),
    ]
    assert provider.calls == []


def test_plans_deletions_last(provider: MemoryProvider) -> None:
    """What is not registered goes, then what already waits; the state is left alone."""
    waiting = thing("c", "c-1")
    state = StackState(resources={URN + "a": thing("a")}, pending_deletes=[waiting])
    registrar = previewing(provider, state)
    registrar.register(goal("b"))
    assert [(step.name, step.action) for step in registrar.plan().steps] == [
        ("b", StepAction.CREATE),
        ("a", StepAction.DELETE),
        ("c", StepAction.DELETE),
    ]
    assert (list(state.resources), state.pending_deletes) == ([URN + "a"], [waiting])


def test_refuses_to_plan_the_deletion_of_what_is_protected(provider: MemoryProvider) -> None:
    """The plan is an error, as the update would be."""
    registrar = previewing(provider, StackState(resources={URN + "a": thing("a", protect=True)}))
    with pytest.raises(ProtectedResourceError):
        registrar.plan()


def test_starts_after_what_will_be_redone(provider: MemoryProvider) -> None:
    """A creation that was cut off will have been made: one step, and its outputs are not known."""
    creating = PendingOperation(operation_id="1", kind="creating", resource=thing("a", inputs={"size": 1}))
    registrar = previewing(provider, StackState(pending_operations={"1": creating}))
    registrar.register(goal("a", inputs={"size": 1}))
    assert [step.action for step in registrar.plan().steps] == [StepAction.CREATE]


def test_reads_what_exists(provider: MemoryProvider) -> None:
    """A lookup is made in a preview, too, unless the id is not known yet."""
    provider.things["a-1"] = {"type": THING, "revision": 0}
    registrar = previewing(provider, StackState())
    assert registrar.read(goal("a", import_id="a-1")).id == "a-1"
    assert registrar.read(goal("b", import_id="")) == RegisterResult(id="", outputs={})
    assert registrar.read_stack(goal("lower", import_id="lower")) == {"a": SecretValue(1)}
    assert {step.action for step in registrar.plan().steps} == {StepAction.READ}
    assert registrar.invoke("aws:test/echo:echo", {"a": 1}) == {"a": 1}


def test_says_whether_outputs_change(provider: MemoryProvider) -> None:
    """The stack's outputs are compared bare; a component's are not looked at."""
    registrar = previewing(provider, StackState(resources={ROOT.urn: ROOT}))
    registrar.register_outputs(URN + "g", {"a": 1})
    assert not registrar.plan().outputs_changed
    registrar.register_outputs(STACK_URN, {"a": SecretValue(1)})
    assert registrar.outputs == {"a": SecretValue(1)}
    assert registrar.plan().outputs_changed
