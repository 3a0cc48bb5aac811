"""What a program says of a resource arrives as a goal, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto import resource_pb2

from sandbox.engine.errors import AssetError, UnsupportedOptionError
from sandbox.engine.program.execution import run
from sandbox.engine.program.goals import GoalReader
from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.values.properties import SecretValue, reveal
from sandbox.engine.values.wire import UNKNOWN_TEXT
from tests.support.engine.memory_provider import THING
from tests.support.engine.programs import STACK, Group, Thing, running
from tests.support.engine.recording_registrar import (
    RecordingRegistrar,
    run_main,
)
from tests.support.engine.values import STACK_URN, URN


def test_reads_a_lookup() -> None:
    """An id to be read is the goal's; one that is not known yet, as in a preview, is empty."""
    reader = GoalReader(stack=STACK, project="myelin")
    request = resource_pb2.ReadResourceRequest(id="a-1", type=THING, name="a", dependencies=["y", "x"])
    goal = reader.lookup(request)
    assert (goal.urn, goal.custom, goal.import_id, goal.dependencies) == (URN + "a", True, "a-1", ("x", "y"))
    request.id = UNKNOWN_TEXT
    assert reader.lookup(request).import_id == ""


class TestGoals:
    """Inputs, edges and options."""

    def test_urns_are_those_of_pulumis_engine(self, recorder: RecordingRegistrar) -> None:
        """Types of nested components are chained; the stack's is left out; a custom parent counts as well."""

        def main() -> None:
            outer = Group("outer")
            inner = Group("inner", pulumi.ResourceOptions(parent=outer))
            leaf = Thing("leaf", opts=pulumi.ResourceOptions(parent=inner))
            Thing("twig", opts=pulumi.ResourceOptions(parent=leaf))
            Thing("root")

        run_main(main, recorder)
        base = "urn:pulumi:test-layer::myelin::"
        assert set(recorder.goals) == {
            STACK_URN,
            f"{base}test:it:Group::outer",
            f"{base}test:it:Group$test:it:Group::inner",
            f"{base}test:it:Group$test:it:Group${THING}::leaf",
            f"{base}test:it:Group$test:it:Group${THING}${THING}::twig",
            f"{base}{THING}::root",
        }
        assert recorder.goals[URN + "root"].parent == STACK_URN
        assert (
            recorder.goals[f"{base}test:it:Group$test:it:Group::inner"].parent
            == f"{base}test:it:Group::outer"
        )

    def test_edges_are_by_property(self, recorder: RecordingRegistrar) -> None:
        """Dependencies say which input they come from; explicit ones, and a component's children, count."""

        def main() -> None:
            first, group = Thing("first"), Group("group")
            Thing("inside", opts=pulumi.ResourceOptions(parent=group))
            depends = pulumi.ResourceOptions(depends_on=[group])
            Thing("last", {"refs": [first.id, first.arn], "size": 1, "of": first.arn}, depends)

        run_main(main, recorder)
        inside = f"urn:pulumi:test-layer::myelin::test:it:Group${THING}::inside"
        last = recorder.goals[URN + "last"]
        assert last.dependencies == tuple(sorted((URN + "first", inside)))
        assert last.property_dependencies == {"refs": (URN + "first",), "of": (URN + "first",)}
        assert last.inputs == {"refs": ["first-1", "arn:first"], "size": 1, "of": "arn:first"}

    def test_options_arrive(self, recorder: RecordingRegistrar) -> None:
        """Every option that is carried out is in the goal; a child inherits its parent's protection."""

        def main() -> None:
            group = Group("group", pulumi.ResourceOptions(protect=True))
            Thing(
                "a",
                {"secret": pulumi.Output.secret("hush")},
                pulumi.ResourceOptions(
                    parent=group,
                    retain_on_delete=True,
                    delete_before_replace=False,
                    ignore_changes=["size", "tags.Name"],
                    replace_on_changes=["*"],
                    additional_secret_outputs=["arn"],
                    import_="a-0",
                ),
            )
            Thing("b")

        run_main(main, recorder)
        found = recorder.goals[f"urn:pulumi:test-layer::myelin::test:it:Group${THING}::a"]
        assert (found.protect, found.retain_on_delete, found.delete_before_replace) == (True, True, False)
        assert (found.ignore_changes, found.replace_on_changes) == (("size", "tags.Name"), ("*",))
        assert (found.additional_secret_outputs, found.import_id) == (("arn",), "a-0")
        assert found.inputs == {"secret": SecretValue("hush")}
        assert found.source_position.startswith("file:///")
        plain = recorder.goals[URN + "b"]
        assert (plain.protect, plain.delete_before_replace, plain.aliases) == (False, None, ())

    def test_a_resource_as_an_input_is_a_reference(self, recorder: RecordingRegistrar) -> None:
        """A resource given whole arrives as a reference with its id, and is a dependency."""

        def main() -> None:
            Thing("b", {"refs": [Thing("a")]})

        run_main(main, recorder)
        found = recorder.goals[URN + "b"]
        assert reveal(found.inputs["refs"]) == ["a-1"]
        assert found.property_dependencies == {"refs": (URN + "a",)}


class TestAliases:
    """What a resource may have been recorded under."""

    def aliases(self, recorder: RecordingRegistrar, main: Callable[[], Any]) -> dict[str, tuple[str, ...]]:
        run_main(main, recorder)
        return {goal.name: goal.aliases for goal in recorder.goals.values() if goal.aliases}

    def test_each_form(self, recorder: RecordingRegistrar) -> None:
        """By URN, name, type, parent, no parent, project and stack."""
        other = "urn:pulumi:test-layer::myelin::other:it:Was::x"

        def main() -> None:
            group = Group("group")
            Thing(
                "a",
                opts=pulumi.ResourceOptions(
                    parent=group,
                    aliases=[
                        other,
                        pulumi.Alias(name="old"),
                        pulumi.Alias(type_="aws:test/old:Old"),
                        pulumi.Alias(parent=None),
                        pulumi.Alias(parent=other),
                        pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
                        if hasattr(pulumi, "ROOT_STACK_RESOURCE")
                        else pulumi.Alias(parent=STACK_URN),
                        pulumi.Alias(stack="s", project="p"),
                    ],
                ),
            )

        base = "urn:pulumi:test-layer::myelin::"
        assert self.aliases(recorder, main)["a"] == (
            other,
            f"{base}test:it:Group${THING}::old",
            f"{base}test:it:Group$aws:test/old:Old::a",
            f"{base}{THING}::a",
            f"{base}other:it:Was${THING}::a",
            f"urn:pulumi:s::p::test:it:Group${THING}::a",
        )

    def test_children_inherit(self, recorder: RecordingRegistrar) -> None:
        """A renamed component's children, however deep, are known by the names they had below its old one."""

        def main() -> None:
            outer = Group(
                "new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old", type_="test:it:Was")])
            )
            inner = Group("new-inner", pulumi.ResourceOptions(parent=outer))
            named = pulumi.ResourceOptions(parent=inner, aliases=[pulumi.Alias(name="before")])
            Thing("leaf", opts=named)

        base = "urn:pulumi:test-layer::myelin::"
        found = self.aliases(recorder, main)
        assert found["new-inner"] == (f"{base}test:it:Was$test:it:Group::old-inner",)
        assert found["leaf"] == (
            f"{base}test:it:Group$test:it:Group${THING}::before",
            f"{base}test:it:Was$test:it:Group${THING}::leaf",
            f"{base}test:it:Was$test:it:Group${THING}::before",
        )

    def test_a_named_parent_may_be_renamed_itself(self, recorder: RecordingRegistrar) -> None:
        """An alias below another resource also means below what that resource was called."""

        def main() -> None:
            former = Group("now", pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="test:it:Was")]))
            Thing("a", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=former)]))

        base = "urn:pulumi:test-layer::myelin::"
        assert set(self.aliases(recorder, main)["a"]) == {
            f"{base}test:it:Group${THING}::a",
            f"{base}test:it:Was${THING}::a",
        }


def _with(**options: Any) -> Callable[[], Any]:
    return lambda: Thing("a", opts=pulumi.ResourceOptions(**options))


def _with_another(option: str) -> Callable[[], Any]:
    def main() -> None:
        other = Thing("other")
        value: Any = [other] if option == "replace_with" else other
        Thing("a", opts=pulumi.ResourceOptions(**{option: value}))

    return main


def _with_hook() -> None:
    hook = pulumi.ResourceHook("hook", lambda _args: None)
    Thing("a", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[hook])))


@pytest.mark.parametrize(
    ("option", "main"),
    [
        ("deleted_with", _with_another("deleted_with")),
        ("replace_with", _with_another("replace_with")),
        ("replacement_trigger", _with(replacement_trigger="x")),
        ("transforms", _with(transforms=[lambda _args: None])),
        ("hooks", _with_hook),
        ("transforms", lambda: pulumi.runtime.register_resource_transform(lambda _args: None)),
        ("ignore_changes=a[", _with(ignore_changes=["a["])),
        ("replace_on_changes=", _with(replace_on_changes=[""])),
    ],
)
def test_refuses_what_it_does_not_carry_out(
    option: str, main: Callable[[], Any], recorder: RecordingRegistrar
) -> None:
    """An option that would change what happens, and is not carried out, is an error that names it."""
    monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the SDK's own echo; the failure is what counts
        run(running(main), monitor, preview=False, log=lambda _severity, _text: None)
    assert isinstance(monitor.failure, UnsupportedOptionError)
    assert monitor.failure.option == option


@pytest.mark.parametrize(
    ("asset", "detail"),
    [
        (pulumi.FileAsset("/no/such/file"), "No such file"),
        (pulumi.RemoteAsset("https://example.com/x"), "is not a file"),
        (pulumi.AssetArchive({"a": pulumi.FileArchive("/no/such/file")}), "No such file"),
    ],
)
def test_refuses_assets_without_content(asset: Any, detail: str, recorder: RecordingRegistrar) -> None:
    """An asset that cannot be read is an error that names the resource."""
    monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
    with pytest.raises(AssetError, match=detail):
        run(running(lambda: Thing("a", {"code": asset})), monitor, preview=False, log=lambda _s, _t: None)
