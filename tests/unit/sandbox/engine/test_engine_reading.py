"""What a program reads and does not own: resources, functions, other stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import (
    MissingResourceError,
    MissingStackError,
    ProtectedResourceError,
)
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.provider import UnknownFunctionError
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import action_names
from tests.support.engine.programs import STACK, Item, Thing, found, program, running
from tests.support.engine.values import URN


class TestReading:
    """What a program only reads."""

    def reading(self, identity: Any = "made-1") -> Any:
        def declare() -> None:
            thing = Thing("read", opts=pulumi.ResourceOptions(id=identity))
            Thing("user", {"refs": [thing.id], "document": thing.arn})
            pulumi.export("token", thing.token)

        return running(declare, "other-layer")

    def test_reads_by_id(
        self, engine: Engine, provider: MemoryProvider, folder: Path, store: StateStore
    ) -> None:
        """A resource read by id has its outputs, is recorded as external, and never changed or deleted."""
        engine.up(program((Item("made"),)))
        plan, outputs = engine.preview(self.reading())
        assert action_names(plan)["read"] == "read"
        assert outputs == {"token": SecretValue("hush-made-1")}
        assert [step.action for step in plan.steps if step.name == "user"] == [StepAction.CREATE]
        result = engine.up(self.reading())
        assert provider.things["user-2"]["refs"] == ["made-1"]
        assert result.outputs == {"token": "hush-made-1"}
        assert store.resource_count("other-layer") == 1
        before = StateStore(folder).load("other-layer")
        assert engine.up(self.reading()).plan.changes == ()
        assert StateStore(folder).load("other-layer") == before
        engine.up(program((), "other-layer"))
        assert set(found(provider)) == {"made"}

    @pytest.mark.parametrize("run", ["preview", "up"])
    def test_what_is_read_must_exist(self, engine: Engine, run: str) -> None:
        """An id that there is not is an error."""
        with pytest.raises(MissingResourceError, match="there is no resource with id `made-1`"):
            getattr(engine, run)(self.reading())

    def test_an_id_may_be_unknown_in_a_preview(self, engine: Engine) -> None:
        """What is read by the id of something new cannot be read yet."""

        def declare() -> None:
            made = Thing("made")
            read = Thing("read", opts=pulumi.ResourceOptions(id=made.id))
            pulumi.export("read", [read.id, read.arn])

        _, outputs = engine.preview(running(declare))
        assert outputs == {"read": [UNKNOWN, UNKNOWN]}
        assert engine.up(running(declare)).outputs == {"read": ["made-1", "arn:made-1"]}

    def test_owned_becomes_read_and_owned_again(self, engine: Engine, provider: MemoryProvider) -> None:
        """Reading what was the program's own leaves it alone; owning what was read makes one."""
        engine.up(program((Item("a"),)))
        read = running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="a-1")) and None)
        engine.up(read)
        assert list(provider.things) == ["a-1"]
        result = engine.up(program((Item("a"),)))
        assert action_names(result.plan) == {"a": "create"}
        assert list(provider.things) == ["a-1", "a-2"]

    def test_reading_another_under_an_owned_name_deletes_the_owned(
        self, engine: Engine, provider: MemoryProvider
    ) -> None:
        """What the program owned under that name is no longer wanted."""
        engine.up(program((Item("a"),)))
        engine.up(program((Item("b"),), "other-layer"))
        engine.up(running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="b-2")) and None))
        assert list(provider.things) == ["b-2"]

    def test_does_not_read_over_what_is_protected(self, engine: Engine, provider: MemoryProvider) -> None:
        """A protected resource is not given up for another one that is only read."""
        engine.up(program((Item("a", options={"protect": True}),)))
        engine.up(program((Item("b"),), "other-layer"))
        with pytest.raises(ProtectedResourceError):
            engine.up(running(lambda: Thing("a", opts=pulumi.ResourceOptions(id="b-2")) and None))
        assert sorted(provider.things) == ["a-1", "b-2"]

    def test_imports(self, engine: Engine, provider: MemoryProvider, folder: Path) -> None:
        """An import takes over what exists as the program says; from then on it is the program's own."""
        engine.up(program((Item("a", size=2),)))
        for kept in folder.glob(f"{STACK}.*"):
            kept.unlink()
        imported = Item("a", size=2, options={"import_": "a-1"})
        assert engine.preview(program((imported,)))[1] == {"ids": {"a": "a-1"}}
        assert engine.up(program((imported,))).outputs == {"ids": {"a": "a-1"}}
        assert len(provider.things) == 1
        assert engine.up(program((imported,))).plan.changes == ()
        engine.up(program(()))
        assert provider.things == {}

    def test_updates_what_it_imports(self, engine: Engine, provider: MemoryProvider) -> None:
        """What differs is imported as it is, and changed in the same run; what is not there is an error."""
        engine.up(program((Item("a", size=2),), "other-layer"))
        wanted = program((Item("b", size=1, options={"import_": "a-1"}),))
        done = engine.up(wanted)
        assert done.outputs == {"ids": {"b": "a-1"}}
        assert provider.things["a-1"]["size"] == 1
        assert [step.action for step in done.plan.changes if step.is_real] == ["create", "update"]
        assert engine.up(wanted).plan.changes == ()
        with pytest.raises(MissingResourceError):
            engine.up(program((Item("b", options={"import_": "c-1"}),), "third-layer"))

    def test_functions(self, engine: Engine) -> None:
        """Functions are called in a preview as in an update; an unknown one is an error."""
        echo = running(
            lambda: pulumi.export("x", pulumi.runtime.invoke("aws:test/echo:echo", {"a": 1}).value)
        )
        assert engine.preview(echo)[1] == {"x": {"a": 1}}
        assert engine.up(echo).outputs == {"x": {"a": 1}}
        with pytest.raises(UnknownFunctionError, match="does not know the function `aws:test/no:no`"):
            engine.up(running(lambda: pulumi.runtime.invoke("aws:test/no:no", {}) and None))


class TestStackReferences:
    """What one stack reads of another."""

    def reader(self, name: str = "organization/myelin/lower") -> Any:
        def declare() -> None:
            lower = pulumi.StackReference(name)
            Thing("user", {"document": lower.outputs["ids"]["a"], "secret": lower.outputs["secret"]})
            pulumi.export("secret", lower.outputs["secret"])

        return running(declare)

    def lower(self, *names: str) -> Any:
        def declare() -> None:
            pulumi.export("ids", {name: Thing(name).id for name in names})
            pulumi.export("secret", pulumi.Output.secret("hush"))

        return running(declare, "lower")

    def test_reads_recorded_outputs(
        self, engine: Engine, provider: MemoryProvider, folder: Path, store: StateStore
    ) -> None:
        """Outputs arrive, secret ones as secrets, and stay secret in the reading stack's state."""
        engine.up(self.lower("a"))
        result = engine.up(self.reader())
        assert provider.things["user-2"]["document"] == "a-1"
        assert provider.things["user-2"]["secret"] == "hush"
        assert result.outputs == {"secret": "hush"}
        state = StateStore(folder).load(STACK)
        assert state.outputs() == {"secret": SecretValue("hush")}
        assert state.resources[URN + "user"].inputs["secret"] == SecretValue("hush")
        assert store.resource_count(STACK) == 1
        assert engine.up(self.reader()).plan.counts() == {"same": 2, "read": 1}

    @pytest.mark.parametrize(
        "name",
        ["organization/myelin/missing", "organization/other/lower", "other/myelin/lower", "x/y/z/lower"],
    )
    def test_a_missing_stack_is_an_error(self, engine: Engine, name: str) -> None:
        """A stack that was never deployed, or would be another project's, is named."""
        engine.up(self.lower("a"))
        for run in (engine.preview, engine.up):
            with pytest.raises(MissingStackError, match=f"the stack `{name}` has not been deployed"):
                run(self.reader(name))

    @pytest.mark.parametrize("name", ["lower", "myelin/lower"])
    def test_a_short_name_will_do(self, engine: Engine, name: str) -> None:
        """The organization and the project may be left out."""
        engine.up(self.lower("a"))
        assert engine.up(self.reader(name)).outputs == {"secret": "hush"}

    def test_previews_two_layers(self, engine: Engine) -> None:
        """The lower layer's predicted outputs stand in for recorded ones; unknown ones are unknown alone."""
        engine.up(self.lower("a"))
        engine.up(self.reader())
        _, predicted = engine.preview(self.lower("a", "b"))
        plan, _ = engine.preview(self.reader(), predicted={"lower": predicted})
        assert action_names(plan)["user"] == "same"

    def test_previews_two_new_layers(self, engine: Engine) -> None:
        """Neither layer need exist."""
        _, predicted = engine.preview(self.lower("a"))
        plan, outputs = engine.preview(self.reader(), predicted={"lower": predicted})
        assert action_names(plan)["user"] == "create"
        assert outputs == {"secret": SecretValue("hush")}
