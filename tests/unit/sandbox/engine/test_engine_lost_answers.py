"""Steps without an answer: it is not known whether they were carried out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import StepFailedError
from sandbox.engine.provider import Operation, ProviderError, State
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, found, program, wanted
from tests.support.engine.unreliable_providers import UnreliableProvider
from tests.support.engine.values import URN


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
