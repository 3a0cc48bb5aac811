"""What happens to secrets, unknown values, files and documents between a program and its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from sandbox.engine.values import wire
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.memory_provider import MemoryProvider
from tests.support.engine.plans import action_names
from tests.support.engine.programs import STACK, Item, Thing, program, running
from tests.support.engine.values import URN


def test_secrets_are_sealed_in_files_and_absent_from_plans(
    engine: Engine, folder: Path, provider: MemoryProvider
) -> None:
    """A secret reaches the provider bare; it is in no plan, and in files only as a sealed value."""
    files: list[str] = []
    provider.point = lambda _label: files.extend(path.read_text() for path in folder.iterdir())

    def main(secret: str) -> Any:
        def declare() -> None:
            thing = Thing("a", {"secret": pulumi.Output.secret(secret), "document": {"x": 1}})
            pulumi.export("secret", thing.secret)  # type: ignore[attr-defined]
            pulumi.export("token", thing.token)

        return running(declare)

    engine.up(main("hush-one"))
    assert provider.things["a-1"]["secret"] == "hush-one"
    plan, outputs = engine.preview(main("hush-two"))
    result = engine.up(main("hush-two"))
    assert provider.things["a-1"]["secret"] == "hush-two"
    (change,) = plan.changes[0].changes
    assert (change.path, change.old, change.new) == ("secret", "[secret]", "[secret]")
    assert "hush" not in repr(plan) + repr(result.plan)
    assert outputs == {"secret": SecretValue("hush-two"), "token": SecretValue("hush-a-1")}
    assert result.outputs == {"secret": "hush-two", "token": "hush-a-1"}
    files.extend(path.read_text() for path in folder.iterdir())
    sealed = f'{{"{wire.SIGNATURE}": "{wire.SECRET}", "plaintext": "\\"hush'
    for text in files:
        assert text.count("hush") == text.count(sealed)


def test_secrecy_that_is_declared_later_counts(engine: Engine, folder: Path) -> None:
    """An output said to be secret becomes so, and one no longer said is not, without a call."""

    def main(**options: Any) -> Any:
        return running(lambda: pulumi.export("arn", Thing("a", opts=pulumi.ResourceOptions(**options)).arn))

    engine.up(main())
    assert engine.preview(main(additional_secret_outputs=["arn"]))[1] == {"arn": SecretValue("arn:a-1")}
    engine.up(main(additional_secret_outputs=["arn"]))
    assert StateStore(folder).load(STACK).resources[URN + "a"].outputs["arn"] == SecretValue("arn:a-1")
    assert StateStore(folder).load(STACK).outputs() == {"arn": SecretValue("arn:a-1")}
    engine.up(main())
    assert StateStore(folder).load(STACK).outputs() == {"arn": "arn:a-1"}


def test_previews_know_that_an_update_may_change_outputs(engine: Engine, provider: MemoryProvider) -> None:
    """What an update may change of the outputs is unknown in a preview, the rest is known."""

    def main(size: int) -> Any:
        def declare() -> None:
            thing = Thing("a", {"size": size})
            Thing("by revision", {"document": thing.revision})
            Thing("by arn", {"document": thing.arn})

        return running(declare)

    engine.up(main(1))
    plan, _ = engine.preview(main(2))
    assert action_names(plan) == {"a": "update", "by revision": "update", "by arn": "same"}
    assert action_names(engine.up(main(2)).plan) == action_names(plan)
    assert [item["document"] for item in provider.things.values() if item["logical"] == "by revision"] == [1]


def test_previews_know_that_an_input_was_taken_away(engine: Engine) -> None:
    """An output that mirrored an input is not what it was when the input is gone."""

    def main(*, with_size: bool) -> Any:
        def declare() -> None:
            thing = Thing("a", {"size": 1 if with_size else None})
            Thing("b", {"document": thing.size})  # type: ignore[attr-defined]

        return running(declare)

    engine.up(main(with_size=True))
    plan, _ = engine.preview(main(with_size=False))
    assert action_names(plan) == {"a": "update", "b": "update"}
    assert action_names(engine.up(main(with_size=False)).plan) == action_names(plan)


class TestAssets:
    """Files as inputs."""

    def with_code(self, asset: Any) -> Any:
        return running(lambda: Thing("a", {"code": asset}) and None)

    @pytest.mark.parametrize(
        "make",
        [
            pulumi.FileAsset,
            pulumi.FileArchive,
            lambda path: pulumi.AssetArchive({"f": pulumi.FileAsset(path)}),
        ],
    )
    def test_content_counts_and_not_the_place(
        self, engine: Engine, provider: MemoryProvider, tmp_path: Path, make: Any, folder: Path
    ) -> None:
        """A file that moved is the same, and its new place recorded; changed content is an update."""
        first, second = tmp_path / "one.zip", tmp_path / "two.zip"
        first.write_text("content")
        second.write_text("content")
        engine.up(self.with_code(make(str(first))))
        first.unlink()
        provider.calls.clear()
        assert engine.up(self.with_code(make(str(second)))).plan.changes == ()
        assert provider.calls == []
        assert str(second) in repr(StateStore(folder).load(STACK).resources[URN + "a"].outputs)
        second.write_text("changed")
        plan, _ = engine.preview(self.with_code(make(str(second))))
        assert action_names(plan) == {"a": "update"}
        engine.up(self.with_code(make(str(second))))
        assert provider.things["a-1"]["code"] in (b"changed", {"f": b"changed"})

    def test_text_counts(self, engine: Engine) -> None:
        """Text is its own content."""
        engine.up(self.with_code(pulumi.StringAsset("one")))
        assert engine.up(self.with_code(pulumi.StringAsset("one"))).plan.changes == ()
        assert action_names(engine.up(self.with_code(pulumi.StringAsset("two"))).plan) == {"a": "update"}


def test_documents_are_compared_by_content(engine: Engine) -> None:
    """A policy written differently is the same; one that says something else shows where."""
    engine.up(program((Item("a", extra={"document": '{"a": 1, "b": [1]}'}),)))
    assert engine.up(program((Item("a", extra={"document": '{"b":[1],"a":1}'}),))).plan.changes == ()
    plan, _ = engine.preview(program((Item("a", extra={"document": '{"b":[2],"a":1}'}),)))
    assert [change.path for change in plan.changes[0].changes] == ["document.b[0]"]
