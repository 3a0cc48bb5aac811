"""Guards what the engine relies on of the Pulumi SDK, and that runs leave nothing behind.

When one of these fails after an update of pulumi, look at sandbox/engine/program/monitor.py and program.py.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from sandbox.engine.errors import AssetError, EngineError, UnsupportedOptionError
from sandbox.engine.program.monitor import EngineMonitor, StoppedError
from sandbox.engine.program.program import Program, run
from sandbox.engine.provider import Properties
from sandbox.engine.running.registrar import RegisterResult
from sandbox.engine.values.properties import UNKNOWN, PropertyMap, SecretValue, reveal
from sandbox.engine.values.resource import ResourceGoal
from tests.support.engine.memory_provider import THING, Killed
from tests.support.engine.programs import STACK, Group, Thing, running
from tests.support.engine.values import STACK_URN, URN

GROUP = "urn:pulumi:test-layer::myelin::test:it:Group::"


@dataclass
class Recorder:
    """A registrar that writes down what it hears; a resource's id is its name with `-1`."""

    goals: dict[str, ResourceGoal] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    outputs: dict[str, PropertyMap] = field(default_factory=dict)
    stacks: dict[str, PropertyMap] = field(default_factory=dict)
    unknown: bool = False
    on_register: Callable[[ResourceGoal], None] = lambda _goal: None

    def register(self, goal: ResourceGoal) -> RegisterResult:
        self.on_register(goal)
        self._take(goal)
        if not goal.custom or self.unknown:
            return RegisterResult(id="", outputs=goal.inputs if goal.custom else {})
        return RegisterResult(id=f"{goal.name}-1", outputs={**goal.inputs, "arn": f"arn:{goal.name}"})

    def read(self, goal: ResourceGoal) -> RegisterResult:
        self._take(goal)
        return RegisterResult(id=goal.import_id, outputs={"arn": "read"})

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        self._take(goal)
        return self.stacks[goal.import_id]

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        self.outputs[urn] = outputs

    def invoke(self, token: str, arguments: Properties) -> Properties:
        if token == "aws:test/fail:fail":
            raise EngineError("no such function")
        return {"token": token, **arguments}

    def _take(self, goal: ResourceGoal) -> None:
        self.goals[goal.urn] = goal
        self.order.append(goal.name)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def heard(
    main: Callable[[], Any], recorder: Recorder, *, preview: bool = False, **keywords: Any
) -> EngineMonitor:
    """Run a program against a recorder."""
    return carried_out(running(main, **keywords), recorder, preview=preview)


def carried_out(program: Program, recorder: Recorder, *, preview: bool = False) -> EngineMonitor:
    monitor = EngineMonitor(project=program.project, stack=program.stack, registrar=recorder)
    run(program, monitor, preview=preview, log=lambda _severity, _text: None)
    return monitor


def stack_outputs(recorder: Recorder, stack: str = STACK) -> PropertyMap:
    return recorder.outputs[f"urn:pulumi:{stack}::myelin::pulumi:pulumi:Stack::myelin-{stack}"]


class TestWhatTheBaseClassHas:
    """MockMonitor answers the calls of the resource monitor's service; those that matter are overridden."""

    def test_every_call_is_known(self) -> None:
        """The service has no call that nobody thought about."""
        calls = set(resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"].methods_by_name)
        inherited = {"GetDeploymentInfo", "SupportsFeature", "SignalAndWaitForShutdown"}
        own = {name for name in vars(EngineMonitor) if name[0].isupper()}
        assert calls == inherited | own
        assert all(hasattr(MockMonitor, name) for name in inherited)
        assert hasattr(resource_pb2_grpc, "ResourceMonitorStub")

    def test_features_are_those_that_goals_are_made_from(self) -> None:
        """Secrets, references and alias specs arrive as such; nested output values do not."""
        info = MockMonitor(None).GetDeploymentInfo(None)  # type: ignore[arg-type]
        features = {resource_pb2.ResourceMonitorFeature.Name(number) for number in info.supportedFeatures}
        assert {
            f"RESOURCE_MONITOR_FEATURE_{name}" for name in ("SECRETS", "RESOURCE_REFERENCES", "ALIAS_SPECS")
        } <= features
        assert "RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES" not in features
        assert "RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS" not in features

    def test_every_registration_field_is_known(self) -> None:
        """A field that a new SDK adds has to be carried out, refused or let pass on purpose."""
        fields = {field.name for field in resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields}
        goal = {
            *(
                "type",
                "name",
                "parent",
                "custom",
                "object",
                "protect",
                "dependencies",
                "propertyDependencies",
            ),
            *("deleteBeforeReplace", "deleteBeforeReplaceDefined", "ignoreChanges", "replaceOnChanges"),
            *("additionalSecretOutputs", "importId", "retainOnDelete", "aliases", "sourcePosition"),
        }
        refused = {
            *("provider", "providers", "remote", "deletedWith", "replace_with", "replacement_trigger"),
            *("transforms", "hooks", "state_migrations"),
        }
        without_effect_here = {
            *("version", "pluginDownloadURL", "pluginChecksums", "packageRef", "envVarMappings"),
            *("acceptSecrets", "acceptResources", "accepts_byte_string", "supportsPartialValues"),
            *("supportsResultReporting", "aliasURNs", "aliasSpecs", "customTimeouts", "hideDiffs"),
            *("stackTrace", "parentStackTraceHandle", "snippetId"),
        }
        assert fields == goal | refused | without_effect_here


class TestGoals:
    """What a program says arrives as goals."""

    def test_urns_are_those_of_pulumis_engine(self, recorder: Recorder) -> None:
        """Types of nested components are chained; the stack's is left out; a custom parent counts as well."""

        def main() -> None:
            outer = Group("outer")
            inner = Group("inner", pulumi.ResourceOptions(parent=outer))
            leaf = Thing("leaf", opts=pulumi.ResourceOptions(parent=inner))
            Thing("twig", opts=pulumi.ResourceOptions(parent=leaf))
            Thing("root")

        heard(main, recorder)
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

    def test_edges_are_by_property(self, recorder: Recorder) -> None:
        """Dependencies say which input they come from; explicit ones, and a component's children, count."""

        def main() -> None:
            first, group = Thing("first"), Group("group")
            Thing("inside", opts=pulumi.ResourceOptions(parent=group))
            depends = pulumi.ResourceOptions(depends_on=[group])
            Thing("last", {"refs": [first.id, first.arn], "size": 1, "of": first.arn}, depends)

        heard(main, recorder)
        inside = f"urn:pulumi:test-layer::myelin::test:it:Group${THING}::inside"
        last = recorder.goals[URN + "last"]
        assert last.dependencies == tuple(sorted((URN + "first", inside)))
        assert last.property_dependencies == {"refs": (URN + "first",), "of": (URN + "first",)}
        assert last.inputs == {"refs": ["first-1", "arn:first"], "size": 1, "of": "arn:first"}

    def test_options_arrive(self, recorder: Recorder) -> None:
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

        heard(main, recorder)
        found = recorder.goals[f"urn:pulumi:test-layer::myelin::test:it:Group${THING}::a"]
        assert (found.protect, found.retain_on_delete, found.delete_before_replace) == (True, True, False)
        assert (found.ignore_changes, found.replace_on_changes) == (("size", "tags.Name"), ("*",))
        assert (found.additional_secret_outputs, found.import_id) == (("arn",), "a-0")
        assert found.inputs == {"secret": SecretValue("hush")}
        assert found.source_position.startswith("file:///")
        plain = recorder.goals[URN + "b"]
        assert (plain.protect, plain.delete_before_replace, plain.aliases) == (False, None, ())

    def test_a_resource_as_an_input_is_a_reference(self, recorder: Recorder) -> None:
        """A resource given whole arrives as a reference with its id, and is a dependency."""

        def main() -> None:
            Thing("b", {"refs": [Thing("a")]})

        heard(main, recorder)
        found = recorder.goals[URN + "b"]
        assert reveal(found.inputs["refs"]) == ["a-1"]
        assert found.property_dependencies == {"refs": (URN + "a",)}

    def test_outputs_reach_the_program(self, recorder: Recorder) -> None:
        """The answer's id and outputs are what the program goes on with; numbers stay whole."""

        def main() -> None:
            thing = Thing("a", {"size": 3})
            group = Group("g")
            group.register_outputs({"arn": thing.arn})
            pulumi.export("all", [thing.id, thing.arn, thing.size])  # type: ignore[attr-defined]

        heard(main, recorder)
        assert stack_outputs(recorder) == {"all": ["a-1", "arn:a", 3]}
        assert recorder.outputs[GROUP + "g"] == {"arn": "arn:a"}

    def test_unknowns_spread_in_a_preview(self, recorder: Recorder) -> None:
        """In a preview a missing output is unknown, and so is what follows from it; `apply` is not run."""
        recorder.unknown = True

        def main() -> None:
            thing = Thing("a", {"size": 1})
            Thing("b", {"refs": [thing.id], "of": thing.arn.apply(lambda arn: arn[4:])})
            pulumi.export("arn", pulumi.Output.secret(thing.arn))

        heard(main, recorder, preview=True)
        assert recorder.goals[URN + "b"].inputs == {"refs": [UNKNOWN], "of": UNKNOWN}
        assert stack_outputs(recorder) == {"arn": SecretValue(UNKNOWN)}

    def test_reads_arrive(self, recorder: Recorder) -> None:
        """`.get()` asks for an id, and the id that is read is the program's, in a preview, too."""

        def main() -> None:
            thing = Thing("a", opts=pulumi.ResourceOptions(id="a-7", additional_secret_outputs=["arn"]))
            pulumi.export("id", thing.id)
            pulumi.export("arn", thing.arn)

        for preview in (False, True):
            heard(main, recorder, preview=preview)
            assert stack_outputs(recorder) == {"id": "a-7", "arn": "read"}
        assert recorder.goals[URN + "a"].import_id == "a-7"
        assert recorder.goals[URN + "a"].additional_secret_outputs == ("arn",)

    def test_invokes_arrive(self, recorder: Recorder) -> None:
        """Functions get plain arguments, called as an output or at once; secrets make the result secret."""

        def main() -> None:
            arguments = {"a": pulumi.Output.secret(1), "b": [Thing("t").id]}
            output = pulumi.runtime.invoke_output("aws:test/echo:echo", arguments)
            pulumi.export("later", output)
            now = pulumi.runtime.invoke("aws:test/echo:echo", {"a": 1}).value
            assert now == {"token": "aws:test/echo:echo", "a": 1}

        heard(main, recorder)
        assert stack_outputs(recorder) == {
            "later": SecretValue({"token": "aws:test/echo:echo", "a": 1, "b": ["t-1"]})
        }

    def test_an_async_program_runs(self, recorder: Recorder) -> None:
        """The entry function may be asynchronous."""

        async def main() -> None:
            await asyncio.sleep(0)
            Thing("a")

        heard(main, recorder)
        assert URN + "a" in recorder.goals

    def test_log_messages_arrive(self, recorder: Recorder) -> None:
        """`pulumi.log` goes to the engine's log with its severity, one about a resource as well."""
        messages: list[tuple[str, str]] = []

        def main() -> None:
            pulumi.log.warn("careful")
            pulumi.log.info("made", Thing("a"))

        program = running(main)
        monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
        run(program, monitor, preview=False, log=lambda severity, text: messages.append((severity, text)))
        assert [entry for entry in messages if entry[0] != "debug"] == [
            ("warning", "careful"),
            ("info", "made"),
        ]


class TestAliases:
    """What a resource may have been recorded under."""

    def aliases(self, recorder: Recorder, main: Callable[[], Any]) -> dict[str, tuple[str, ...]]:
        heard(main, recorder)
        return {goal.name: goal.aliases for goal in recorder.goals.values() if goal.aliases}

    def test_each_form(self, recorder: Recorder) -> None:
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

    def test_children_inherit(self, recorder: Recorder) -> None:
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

    def test_a_named_parent_may_be_renamed_itself(self, recorder: Recorder) -> None:
        """An alias below another resource also means below what that resource was called."""

        def main() -> None:
            former = Group("now", pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="test:it:Was")]))
            Thing("a", opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=former)]))

        base = "urn:pulumi:test-layer::myelin::"
        assert set(self.aliases(recorder, main)["a"]) == {
            f"{base}test:it:Group${THING}::a",
            f"{base}test:it:Was${THING}::a",
        }


class TestStackReferences:
    """Other stacks' outputs, as the SDK hands them to the program."""

    def test_values_arrive(self, recorder: Recorder) -> None:
        """Plain outputs are plain, secret ones secret, missing ones absent; the reference is a dependency."""
        recorder.stacks = {
            "organization/myelin/other": {
                "id": "vpc-1",
                "subnets": ["a", "b"],
                "secret": SecretValue({"key": "hush"}),
                "arns": {"old": "arn:old"},
            }
        }

        def main() -> None:
            other = pulumi.StackReference("organization/myelin/other")
            Thing("known", {"of": other.require_output("id")})
            Thing("list", {"of": other.get_output("subnets")})
            Thing("secret", {"of": other.require_output("secret")["key"]})
            Thing("part", {"of": other.get_output("arns")["old"]})
            Thing("all", {"of": other.outputs["id"]})
            Thing("none", {"of": other.get_output("missing")})

        heard(main, recorder)
        found = {goal.name: goal.inputs.get("of") for goal in recorder.goals.values() if goal.type == THING}
        assert found == {
            "known": "vpc-1",
            "list": ["a", "b"],
            "secret": SecretValue("hush"),
            "part": "arn:old",
            "all": SecretValue("vpc-1"),
            "none": None,
        }
        reference = "urn:pulumi:test-layer::myelin::pulumi:pulumi:StackReference::organization/myelin/other"
        assert recorder.goals[URN + "part"].dependencies == (reference,)

    def test_an_unknown_output_leaves_the_others_known(self, recorder: Recorder) -> None:
        """In a preview of two layers, `outputs[name]` of what is known is known although another one is not.

        The SDK's `get_output` and `require_output` await all outputs together: there, one unknown hides all.
        """
        recorder.stacks = {
            "organization/myelin/other": {
                "id": "vpc-1",
                "new": UNKNOWN,
                "arns": {"old": "arn:old", "new": UNKNOWN},
                "list": ["a", UNKNOWN],
            }
        }

        def main() -> None:
            other = pulumi.StackReference("organization/myelin/other")
            Thing("known", {"of": other.outputs["id"]})
            Thing("new", {"of": other.outputs["new"]})
            Thing("old part", {"of": other.outputs["arns"]["old"]})
            Thing("new part", {"of": other.outputs["arns"]["new"]})
            Thing("whole", {"of": other.outputs["arns"].apply(str)})
            Thing("item", {"of": other.outputs["list"][0]})
            Thing("hidden", {"of": other.require_output("id")})

        heard(main, recorder, preview=True)
        found = {goal.name: goal.inputs["of"] for goal in recorder.goals.values() if goal.type == THING}
        assert found == {
            "known": "vpc-1",
            "new": UNKNOWN,
            "old part": "arn:old",
            "new part": UNKNOWN,
            "whole": UNKNOWN,
            "item": "a",
            "hidden": UNKNOWN,
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
def test_refuses_what_it_does_not_carry_out(option: str, main: Callable[[], Any], recorder: Recorder) -> None:
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
def test_refuses_assets_without_content(asset: Any, detail: str, recorder: Recorder) -> None:
    """An asset that can not be read is an error that names the resource."""
    monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
    with pytest.raises(AssetError, match=detail):
        run(running(lambda: Thing("a", {"code": asset})), monitor, preview=False, log=lambda _s, _t: None)


class TestFailures:
    """What a failing program or registration leaves."""

    def failing(self, main: Callable[[], Any], recorder: Recorder) -> tuple[Exception, EngineMonitor]:
        monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - any, to be looked at
            run(running(main), monitor, preview=False, log=lambda _severity, _text: None)
        return caught.value, monitor

    def test_a_failing_program_has_nothing_made(self, recorder: Recorder) -> None:
        """An error while the program declares its resources comes out as it is; nothing was registered."""

        def main() -> None:
            Thing("b", {"refs": [Thing("a").id]})
            pulumi.export("x", 1)
            raise KeyError("oops")

        error, monitor = self.failing(main, recorder)
        assert (type(error), error.args) == (KeyError, ("oops",))
        assert monitor.failure is None
        assert not {"a", "b"}.intersection(recorder.order)
        assert recorder.outputs == {}

    def test_a_failing_apply_fails_the_run(self, recorder: Recorder) -> None:
        """An error inside `apply` comes out as it is; what does not depend on it may have been made."""

        def main() -> None:
            def fail(_arn: str) -> str:
                raise KeyError("oops")

            Thing("b", {"of": Thing("a").arn.apply(fail)})

        error, _ = self.failing(main, recorder)
        assert (type(error), error.args) == (KeyError, ("oops",))
        assert "b" not in recorder.order

    def test_nothing_begins_after_a_failure(self, recorder: Recorder) -> None:
        """Registrations after one that failed are refused, and the stack's outputs are left alone."""
        begun = threading.Event()
        monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)

        def fail(goal: ResourceGoal) -> None:
            if goal.name == "a":
                assert begun.wait(10)
                raise EngineError("oops")
            if goal.name == "slow":
                begun.set()
                with monitor._idle:
                    assert monitor._idle.wait_for(lambda: monitor._stopped, 10)

        recorder.on_register = fail

        def main() -> None:
            Thing("a")
            slow = Thing("slow")
            Thing("after", {"refs": [slow.id]})
            pulumi.export("slow", slow.id)

        with pytest.raises(EngineError):
            run(running(main), monitor, preview=False, log=lambda _severity, _text: None)
        assert isinstance(monitor.failure, EngineError)
        assert "after" not in recorder.order
        assert "slow" in recorder.order, "what was under way is finished"
        assert recorder.outputs == {}
        with pytest.raises(StoppedError):
            monitor.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=STACK_URN))

    def test_waits_for_what_is_under_way(self, recorder: Recorder) -> None:
        """A run that fails ends when no call of it is at work any more."""
        begun, ended = threading.Event(), threading.Event()

        def work(goal: ResourceGoal) -> None:
            if goal.name == "slow":
                begun.set()
                assert not ended.wait(0.2)
                ended.set()
            elif goal.name == "a":
                assert begun.wait(10)
                raise EngineError("oops")

        recorder.on_register = work
        self.failing(lambda: [Thing("slow"), Thing("a")], recorder)
        assert ended.is_set()

    def test_a_failing_function_fails_the_run(self, recorder: Recorder) -> None:
        """What a function raises is the run's failure, with its own type."""
        error, monitor = self.failing(lambda: pulumi.runtime.invoke("aws:test/fail:fail", {}), recorder)
        assert error is monitor.failure
        assert str(error) == "no such function"

    def test_what_is_no_exception_does_not_hang_the_program(self, recorder: Recorder) -> None:
        """The SDK waits for ever for an output whose call ended in a BaseException: it gets an Exception."""

        def die(goal: ResourceGoal) -> None:
            if goal.name == "a":
                raise Killed

        recorder.on_register = die
        error, monitor = self.failing(lambda: Thing("b", {"refs": [Thing("a").id]}), recorder)
        assert isinstance(error, StoppedError)
        assert isinstance(monitor.failure, Killed)

    def test_says_nothing_by_itself(
        self, recorder: Recorder, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither SDK nor event loop writes about a failure: it is told once, by whoever called."""

        def fail(goal: ResourceGoal) -> None:
            if goal.name == "a":
                raise EngineError("oops")

        def main() -> None:
            thing = Thing("a")
            for number in range(5):
                Thing(f"b{number}", {"refs": [thing.id], "of": thing.arn.apply(lambda arn: arn[0])})
            pulumi.export("arn", thing.arn.apply(lambda arn: arn[0]))
            raise ValueError("oops")

        with caplog.at_level(logging.DEBUG, "asyncio"):
            for broken in (main, lambda: [Thing("b", {"refs": [Thing("a").id]}), Thing("c")]):
                recorder.on_register = fail
                self.failing(broken, recorder)
        captured = capfd.readouterr()
        assert captured.out == ""
        assert captured.err == ""
        assert [entry.message for entry in caplog.records if entry.levelno > logging.DEBUG] == []


class TestNothingIsLeftBehind:
    """What the SDK keeps for a program is gone when the program has run."""

    def test_settings_are_the_callers_again(self, recorder: Recorder) -> None:
        """Stack, project, monitor, root resource and configuration around it do not change."""

        def look() -> tuple[Any, ...]:
            return (
                pulumi.get_stack(),
                pulumi.get_project(),
                pulumi.get_organization(),
                settings.get_monitor(),
                settings.get_root_resource(),
                settings.is_dry_run(),
                pulumi.Config("myelin").get("key"),
            )

        before = look()
        inside: list[tuple[Any, ...]] = []
        for preview in (True, False):
            heard(lambda: inside.append(look()), recorder, preview=preview, config={"myelin:key": preview})
            assert look() == before
        assert [seen[:3] for seen in inside] == [(STACK, "myelin", "organization")] * 2
        assert [seen[5:] for seen in inside] == [(True, "true"), (False, "false")]
        assert all(isinstance(seen[3], EngineMonitor) for seen in inside)

    def test_a_run_sees_nothing_of_the_callers_context(self, recorder: Recorder) -> None:
        """Context variables of the caller do not reach a program: each run begins with none."""
        variable = contextvars.ContextVar("variable", default="none")
        variable.set("the caller's")
        seen: list[str] = []
        heard(lambda: seen.append(variable.get()), recorder)
        assert seen == ["none"]

    def test_stacks_run_one_after_the_other(self) -> None:
        """Many stacks run in one process, after failed ones, too; each has its own root and outputs."""
        for number in range(3):
            recorder = Recorder()
            stack = f"stack-{number}"

            def main() -> None:
                pulumi.export("stack", pulumi.get_stack())

            heard(main, recorder, stack=stack)
            assert stack_outputs(recorder, stack) == {"stack": stack}
            with pytest.raises(ZeroDivisionError):
                heard(lambda: 1 // 0, Recorder(), stack=stack)

    def test_stacks_run_side_by_side(self) -> None:
        """Stacks in threads at once do not see each other: settings, configuration, resources and outputs."""
        inside = threading.Barrier(4, timeout=20)

        def run_one(number: int) -> tuple[Recorder, str]:
            recorder, stack = Recorder(), f"stack-{number}"

            def main() -> None:
                inside.wait()
                thing = Thing(f"thing-{number}", {"size": number})
                inside.wait()
                pulumi.export("stack", pulumi.get_stack())
                pulumi.export("config", pulumi.Config("myelin").require_int("number"))
                pulumi.export("id", thing.id)
                pulumi.export("urn", thing.urn)

            heard(main, recorder, stack=stack, config={"myelin:number": number})
            return recorder, stack

        with ThreadPoolExecutor(4) as pool:
            for number, (recorder, stack) in enumerate(pool.map(run_one, range(4))):
                urn = f"urn:pulumi:{stack}::myelin::{THING}::thing-{number}"
                assert stack_outputs(recorder, stack) == {
                    "stack": stack,
                    "config": number,
                    "id": f"thing-{number}-1",
                    "urn": urn,
                }
                assert set(recorder.order) == {f"myelin-{stack}", f"thing-{number}"}

    def test_no_thread_is_left(self, recorder: Recorder) -> None:
        """The threads that registrations run in end with the run."""
        before = set(threading.enumerate())
        heard(lambda: [Thing(str(number)) for number in range(20)], recorder)
        assert set(threading.enumerate()) <= before


class TestConfiguration:
    """A program reads its configuration as under Pulumi."""

    def test_values_have_pulumis_forms(self, recorder: Recorder) -> None:
        """Text is text, anything else is JSON."""
        seen: list[Any] = []

        def main() -> None:
            config = pulumi.Config("myelin")
            seen.extend(
                [
                    config.require("text"),
                    config.require_bool("flag"),
                    config.require_int("number"),
                    config.require_object("list"),
                    pulumi.Config("aws").require("region"),
                    config.get("missing"),
                ]
            )

        config = {
            "myelin:text": "1",
            "myelin:flag": True,
            "myelin:number": 3,
            "myelin:list": ["a", {"b": 1}],
            "aws:region": "us-east-1",
        }
        heard(main, recorder, config=config)
        assert seen == ["1", True, 3, ["a", {"b": 1}], "us-east-1", None]
