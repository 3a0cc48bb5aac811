"""Programs that fail, and what is said of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.errors import ProgramError
from sandbox.engine.provider import ProviderError
from sandbox.engine.state.store import StateStore
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.programs import STACK, Item, Thing, found, program, running
from tests.support.paths import ROOT


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
