"""What goes wrong in an update: refused steps, lost answers, wishes to stop, programs that fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import InterruptedRunError, ProgramError, StepFailedError
from sandbox.engine.provider import Operation, Properties, ProviderError, State
from sandbox.engine.running.step_executor import Progress
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, Thing, found, program, running, wanted
from tests.support.engine.values import URN
from tests.support.paths import ROOT

SOON = 20.0
"""Seconds after which a test gives up waiting."""


def refusing(verb: str, name: str) -> Callable[[str, str], str | None]:
    return lambda step, subject: "not today" if (step, subject.split("-")[0]) == (verb, name) else None


def allowing(_verb: str, _name: str) -> None:
    return None


class TestRefusedSteps:
    """AWS says no."""

    def test_the_error_is_the_providers_and_others_are_recorded(
        self, engine: Engine, provider: MemoryProvider
    ) -> None:
        """What was under way when a step is refused is recorded, and the next run goes on from there."""
        begun, refused = threading.Event(), threading.Event()

        def wait(_verb: str, name: str) -> None:
            if name == "slow":
                begun.set()
                assert refused.wait(SOON)
            elif name == "bad":
                assert begun.wait(SOON)

        def watch(progress: Progress) -> None:
            if progress.error:
                refused.set()

        provider.wait = wait
        provider.refuse = refusing("create", "bad")
        items = (Item("slow"), Item("bad"), Item("on", refs=("bad",)))
        with pytest.raises(
            ProviderError, match=f"create failed for `{URN}bad`: Refused: not today"
        ) as caught:
            engine.up(program(items), watch=watch)
        assert caught.value.code == "Refused"
        assert provider.calls == [("create", "slow")]
        provider.wait, provider.refuse = allowing, allowing
        engine.up(program(items))
        assert found(provider) == wanted(items)
        assert [call for call in provider.calls if call[1] == "slow"] == [("create", "slow")]

    @pytest.mark.parametrize(
        ("verb", "after"), [("update", Item("a", size=2)), ("create", Item("a", of="b"))]
    )
    def test_a_refused_change_leaves_what_there_was(
        self, engine: Engine, provider: MemoryProvider, folder: Path, verb: str, after: Item
    ) -> None:
        """State and provider keep the old resource when its update or its replacement is refused."""
        engine.up(program((Item("a"),)))
        before = StateStore(folder).load(STACK)
        provider.refuse = refusing(verb, "a")
        with pytest.raises(ProviderError):
            engine.up(program((after,)))
        assert StateStore(folder).load(STACK) == before
        assert found(provider) == wanted((Item("a"),))

    def test_a_refused_deletion_is_tried_again(self, engine: Engine, provider: MemoryProvider) -> None:
        """What could not be deleted, replaced or dropped, is deleted by the next run, which says so."""
        engine.up(program((Item("a"), Item("b"))))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        with pytest.raises(ProviderError):
            engine.up(program((Item("a", of="b"),)))
        provider.refuse = allowing
        after = program((Item("a", of="b"),))
        plan, _ = engine.preview(after)
        result = engine.up(after)
        assert sorted((step.name, step.note) for step in plan.changes) == [
            ("a", "left over from a replacement"),
            ("b", ""),
        ]
        assert sorted(map(repr, plan.changes)) == sorted(map(repr, result.plan.changes))
        assert found(provider) == wanted((Item("a", of="b"),))

    def test_replaced_twice_before_clearing(self, engine: Engine, provider: MemoryProvider) -> None:
        """A resource replaced by two runs that could not delete leaves two old ones; both go in the end."""
        engine.up(program((Item("a", of="a"),)))
        provider.refuse = lambda verb, _name: "not today" if verb == "delete" else None
        for of in "bc":
            with pytest.raises(ProviderError):
                engine.up(program((Item("a", of=of),)))
        assert len(provider.things) == 3
        provider.refuse = allowing
        engine.up(program(()))
        assert provider.things == {}

    def test_the_stacks_outputs_are_kept(
        self, engine: Engine, provider: MemoryProvider, store: StateStore
    ) -> None:
        """A run that fails leaves the outputs of the last one that did not."""
        engine.up(program((Item("a"),)))
        provider.refuse = refusing("create", "b")

        def main() -> None:
            pulumi.export("new", 1)
            Thing("b")

        with pytest.raises(ProviderError):
            engine.up(running(main))
        assert store.outputs(STACK) == {"ids": {"a": "a-1"}}


class HalfwayProvider(MemoryProvider):
    """A provider with which a creation or update of one resource fails although it was carried out."""

    partial: str = ""

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        return self._spoiled(operation, name, super().create(operation, token, name, inputs))

    def update(self, operation: Operation, token: str, id: str, *rest: Any) -> State:  # noqa: A002
        return self._spoiled(operation, id[:1], super().update(operation, token, id, *rest))

    def _spoiled(self, operation: Operation, name: str, state: State) -> State:
        if name == self.partial:
            raise ProviderError(
                urn=operation.urn, call="Create", code="TimedOut", detail="never steady", partial=state
            )
        return state


class TestPartialSteps:
    """A resource that exists although its step failed."""

    @pytest.fixture
    def provider(self) -> MemoryProvider:
        return HalfwayProvider()

    def test_is_recorded_and_updated_next_time(
        self, engine: Engine, provider: HalfwayProvider, folder: Path
    ) -> None:
        """It is recorded with why; the next run updates it with the same inputs, and then it is fine."""
        items = (Item("a", extra={"secret": "x"}),)
        provider.partial = "a"
        with pytest.raises(ProviderError, match="never steady"):
            engine.up(program(items))
        recorded = StateStore(folder).load(STACK).resources[URN + "a"]
        assert recorded.id == "a-1"
        assert recorded.init_errors == (f"Create failed for `{URN}a`: TimedOut: never steady",)
        provider.partial = ""
        plan, _ = engine.preview(program(items))
        assert [(step.name, step.action) for step in plan.changes] == [("a", "update")]
        engine.up(program(items))
        assert provider.calls == [("create", "a"), ("update", "a-1")]
        assert StateStore(folder).load(STACK).resources[URN + "a"].init_errors == ()
        assert engine.up(program(items)).plan.changes == ()

    def test_after_an_update(self, engine: Engine, provider: HalfwayProvider) -> None:
        """An update that did not become ready is made again."""
        engine.up(program((Item("a"),)))
        provider.partial = "a"
        for _ in range(2):
            with pytest.raises(ProviderError):
                engine.up(program((Item("a", size=2),)))
        provider.partial = ""
        engine.up(program((Item("a", size=2),)))
        assert [verb for verb, _ in provider.calls] == ["create", "update", "update", "update"]

    def test_as_a_replacement(self, engine: Engine, provider: HalfwayProvider, folder: Path) -> None:
        """A replacement that did not become ready takes the place; the old one waits for deletion."""
        engine.up(program((Item("a"),)))
        provider.partial = "a"
        with pytest.raises(ProviderError):
            engine.up(program((Item("a", of="b"),)))
        state = StateStore(folder).load(STACK)
        assert (state.resources[URN + "a"].id, [item.id for item in state.pending_deletes]) == (
            "a-2",
            ["a-1"],
        )
        provider.partial = ""
        engine.up(program((Item("a", of="b"),)))
        assert found(provider) == wanted((Item("a", of="b"),))

    def test_its_secrets_are_sealed(
        self, engine: Engine, provider: HalfwayProvider, folder: Path, store: StateStore
    ) -> None:
        """Secret outputs of a resource recorded in part are secret."""
        provider.partial = "a"
        with pytest.raises(ProviderError):
            engine.up(program((Item("a"),)))
        assert '"plaintext": "\\"hush-a-1\\""' in (folder / f"{STACK}.json").read_text()
        assert store.outputs(STACK) == {}


class UnreliableProvider(MemoryProvider):
    """A provider that carries a step out, but whose answer to it gets lost, in one way or another."""

    lose: str = ""
    loss: Callable[[Operation], Exception]

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        state = super().create(operation, token, name, inputs)
        if name == self.lose:
            raise self.loss(operation)
        return state


class TestLostAnswers:
    """A step of which nobody knows whether it was carried out."""

    @pytest.fixture
    def provider(self) -> MemoryProvider:
        return UnreliableProvider()

    @pytest.mark.parametrize(
        ("loss", "expected"),
        [
            (lambda _: ConnectionResetError("reset by peer"), StepFailedError),
            (
                lambda operation: ProviderError(
                    urn=operation.urn, call="Create", code="ReadTimeout", detail="no answer", uncertain=True
                ),
                ProviderError,
            ),
        ],
    )
    def test_is_done_again_under_the_same_id(
        self,
        engine: Engine,
        provider: UnreliableProvider,
        folder: Path,
        loss: Callable[[Operation], Exception],
        expected: type[Exception],
    ) -> None:
        """The step stays begun; the next run does it again under its id, so there is no second resource."""
        provider.lose, provider.loss = "a", loss
        for _ in range(2):
            with pytest.raises(expected):
                engine.up(program((Item("a"), Item("b", refs=("a",)))))
            assert [item.kind for item in StateStore(folder).load(STACK).pending_operations.values()] == [
                "creating"
            ]
        provider.lose = ""
        plan, _ = engine.preview(program((Item("a"),)))
        assert [(step.name, step.action) for step in plan.changes if step.is_real] == [("a", "create")]
        engine.up(program((Item("a"),)))
        assert list(provider.things) == ["a-1"]
        assert provider.calls == [("create", "a")]

    def test_of_something_no_longer_wanted(self, engine: Engine, provider: UnreliableProvider) -> None:
        """A preview shows that it will be deleted, or a deployment would leave it."""
        provider.lose, provider.loss = "a", lambda _: ConnectionResetError("reset by peer")
        with pytest.raises(StepFailedError, match="broke off: ConnectionResetError: reset by peer"):
            engine.up(program((Item("a"),)))
        provider.lose = ""
        plan, _ = engine.preview(program(()))
        assert [(step.name, step.action) for step in plan.changes if step.is_real] == [("a", "delete")]
        engine.up(program(()))
        assert provider.things == {}

    def test_its_secret_outputs_are_sealed(
        self, engine: Engine, provider: UnreliableProvider, folder: Path
    ) -> None:
        """Outputs that are secret by their type are so when the step was done again."""
        provider.lose, provider.loss = "a", lambda _: ConnectionResetError("reset by peer")
        with pytest.raises(StepFailedError):
            engine.up(program((Item("a"),)))
        provider.lose = ""
        engine.up(program((Item("a"),)))
        text = (folder / f"{STACK}.json").read_text()
        assert text.count("hush-a-1") == text.count('"plaintext": "\\"hush-a-1\\""') == 1

    def test_is_decided_anew_when_refused_this_time(
        self, engine: Engine, provider: UnreliableProvider
    ) -> None:
        """A step done again may be refused; then it has ended, and the run decides what to do."""
        provider.lose, provider.loss = "a", lambda _: ConnectionResetError("reset by peer")
        with pytest.raises(StepFailedError):
            engine.up(program((Item("a"),)))
        provider.things.clear()
        provider.answers.clear()
        provider.lose = ""
        refusals = iter(["not today"])
        provider.refuse = lambda _verb, _name: next(refusals, None)
        engine.up(program((Item("a"),)))
        assert found(provider) == wanted((Item("a"),))
        assert engine.up(program((Item("a"),))).plan.changes == ()

    def test_an_answer_without_an_id_is_none(
        self, engine: Engine, provider: UnreliableProvider, folder: Path
    ) -> None:
        """A provider that gives no id has a fault; nothing is recorded that could not be found again."""
        provider.create = lambda *arguments: State(id="")  # type: ignore[method-assign]
        with pytest.raises(StepFailedError, match="the provider gave no id"):
            engine.up(program((Item("a"),)))
        assert URN + "a" not in StateStore(folder).load(STACK).resources


class TestCancelling:
    """A run asked to stop."""

    def test_finishes_what_is_under_way(self, engine: Engine, provider: MemoryProvider) -> None:
        """Steps under way are finished and recorded, none begins, and the next run completes."""
        cancelled, under_way = threading.Event(), threading.Barrier(2)

        def wait(_verb: str, _name: str) -> None:
            under_way.wait(SOON)
            cancelled.set()

        provider.wait = wait
        items = (Item("a"), Item("b"), Item("c", refs=("a",)), Item("d", refs=("b",)))
        with pytest.raises(InterruptedRunError) as caught:
            engine.up(program(items), cancelled=cancelled)
        assert caught.value.hint == "the next `myelin up` goes on from here"
        assert sorted(provider.calls) == [("create", "a"), ("create", "b")]
        provider.wait = allowing
        engine.up(program(items))
        assert found(provider) == wanted(items)
        assert len(provider.calls) == 4

    def test_before_anything(self, engine: Engine, provider: MemoryProvider) -> None:
        """A wish to stop that comes first lets nothing begin; where nothing is to do it is no matter."""
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(InterruptedRunError):
            engine.up(program((Item("a"),)), cancelled=cancelled)
        assert provider.calls == []
        engine.up(program((Item("a"),)))
        assert engine.up(program((Item("a"),)), cancelled=cancelled).plan.changes == ()

    def test_while_deleting(self, engine: Engine, provider: MemoryProvider) -> None:
        """Deleting stops as well, and is resumed."""
        engine.up(program((Item("a"), Item("b", refs=("a",)), Item("c", refs=("b",)))))
        cancelled = threading.Event()
        provider.wait = lambda verb, _name: cancelled.set() if verb == "delete" else None
        with pytest.raises(InterruptedRunError):
            engine.up(program(()), cancelled=cancelled)
        assert sorted(provider.things) == ["a-1", "b-2"]
        provider.wait = allowing
        engine.up(program(()))
        assert provider.things == {}

    def test_in_a_replacement_that_deletes_first(self, engine: Engine, provider: MemoryProvider) -> None:
        """Stopped after a dependent was deleted, the next run goes on and makes both again."""
        before = (Item("n", named=True), Item("p", pins=("n",)))
        after = program((Item("n", named=True, of="b"), Item("p", pins=("n",))))
        engine.up(program(before))
        cancelled = threading.Event()
        provider.wait = lambda verb, _name: cancelled.set() if verb == "delete" else None
        with pytest.raises(InterruptedRunError):
            engine.up(after, cancelled=cancelled)
        assert list(provider.things) == ["n-1"]
        provider.wait = allowing
        engine.up(after)
        assert {item["of"] for item in provider.things.values() if item["logical"] == "n"} == {"b"}
        assert len(provider.things) == 2

    def test_while_finishing(self, engine: Engine, provider: MemoryProvider, folder: Path) -> None:
        """What an earlier run left begun is not begun again once the run is to stop."""
        unreliable = UnreliableProvider()
        unreliable.lose, unreliable.loss = "a", lambda _: ConnectionResetError()
        engine = Engine(unreliable, StateStore(folder))
        with pytest.raises(StepFailedError):
            engine.up(program((Item("a"),)))
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(InterruptedRunError):
            engine.up(program((Item("a"),)), cancelled=cancelled)
        assert len(StateStore(folder).load(STACK).pending_operations) == 1


class TestPrograms:
    """A program that fails."""

    def test_while_declaring(self, engine: Engine, provider: MemoryProvider, store: StateStore) -> None:
        """Its own error comes out, in its own words, and nothing was made."""

        def main() -> None:
            Thing("a")
            raise LookupError("no such service")

        for run in (engine.preview, engine.up):
            with pytest.raises(LookupError, match="no such service"):
                run(running(main))
        assert provider.calls == []
        assert store.outputs(STACK) is None

    def test_before_declaring_keeps_what_there_is(
        self, engine: Engine, provider: MemoryProvider, store: StateStore
    ) -> None:
        """A program that fails before it registers anything deletes nothing and keeps the outputs."""
        engine.up(program((Item("a"),)))
        provider.calls.clear()
        with pytest.raises(ZeroDivisionError):
            engine.up(running(lambda: 1 // 0))
        assert provider.calls == []
        assert store.outputs(STACK) == {"ids": {"a": "a-1"}}

    def test_within_apply(self, engine: Engine, provider: MemoryProvider) -> None:
        """What does not depend on the failed value may be made, what does is not; nothing is deleted."""
        engine.up(program((Item("old"),)))

        def fail(_arn: str) -> str:
            raise LookupError("no such service")

        def main() -> None:
            Thing("b", {"of": Thing("a").arn.apply(fail)})

        with pytest.raises(LookupError, match="no such service"):
            engine.up(running(main))
        assert sorted(item["logical"] for item in provider.things.values()) == ["a", "old"]
        engine.up(program((Item("a"), Item("b"))))
        assert sorted(found(provider)) == ["a", "b"]

    def test_a_fault_of_the_engine_names_the_stack(self, engine: Engine, provider: MemoryProvider) -> None:
        """An unexpected error of a registration comes out as the stack's, with its cause."""

        def broken(_token: str) -> Any:
            raise ValueError("a bug")

        provider.resource_type = broken  # type: ignore[assignment, method-assign]
        with pytest.raises(
            ProgramError, match="the program of `test-layer` failed: ValueError: a bug"
        ) as caught:
            engine.up(program((Item("a"),)))
        assert isinstance(caught.value.__cause__, ValueError)

    def test_keeps_an_errors_cause(self, engine: Engine, provider: MemoryProvider) -> None:
        """The provider's error keeps the cause that the provider gave it."""
        cause = OSError("the real reason")

        def refuse(_verb: str, _name: str) -> str | None:
            raise ProviderError(urn="u", call="c", code="d", detail="e") from cause

        provider.refuse = refuse
        with pytest.raises(ProviderError) as caught:
            engine.up(program((Item("a"),)))
        assert caught.value.__cause__ is cause


NOISY = """
import sys, tempfile, pathlib, gc
import pulumi
from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import Thing, running

def missing_stack():
    other = pulumi.StackReference("organization/myelin/none")
    Thing("a", {"of": other.get_output("x"), "document": other.require_output("y")})
    pulumi.export("x", other.get_output("x"))

def refused():
    bad = Thing("bad")
    for number in range(5):
        Thing(f"t{number}", {"refs": [bad.id], "of": bad.arn.apply(lambda arn: arn[0])})
    pulumi.export("arn", pulumi.Output.all(bad.arn, bad.id).apply(str))

def raising():
    Thing("b", {"refs": [Thing("a").id]})
    raise ValueError("oops")

def raising_later():
    Thing("b", {"of": Thing("a").arn.apply(lambda arn: arn.no_such_thing)})

provider = MemoryProvider(refuse=lambda verb, name: "no" if name == "bad" else None)
engine = Engine(provider, StateStore(pathlib.Path(tempfile.mkdtemp())))
for main in (missing_stack, refused, raising, raising_later):
    for run in (engine.preview, engine.up):
        try:
            run(running(main))
        except Exception as error:
            print(main.__name__, type(error).__name__)
gc.collect()
"""


def test_failures_write_nothing_to_stderr() -> None:
    """Whatever fails, neither Python nor the SDK writes anything: it is the caller who tells the error."""
    process = subprocess.run(
        [sys.executable, "-c", NOISY],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    assert process.stderr == ""
    assert process.stdout.split("\n") == [
        "missing_stack MissingStackError",
        "missing_stack MissingStackError",
        "refused ProviderError",
        "raising ValueError",
        "raising ValueError",
        "raising_later AttributeError",
        "",
    ]
