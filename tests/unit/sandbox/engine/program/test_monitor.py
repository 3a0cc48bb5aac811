"""What a program and the engine say to each other, and what a failure of either leaves.

Guards what the engine relies on of the Pulumi SDK: when one of these fails after an update of pulumi, look at
sandbox/engine/program/monitor.py.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from sandbox.engine.errors import EngineError
from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor, StoppedError
from sandbox.engine.values.properties import UNKNOWN, SecretValue
from sandbox.engine.values.resource import ResourceGoal
from tests.support.engine.memory_provider import Killed
from tests.support.engine.programs import STACK, Group, Thing, running
from tests.support.engine.recording_registrar import (
    GROUP,
    RecordingRegistrar,
    run_main,
    stack_outputs,
)
from tests.support.engine.values import STACK_URN, URN


class TestWhatTheBaseClassHas:
    """MockMonitor answers the calls of the resource monitor's service; those that matter are overridden."""

    def test_every_call_is_known(self) -> None:
        """The service has no call that is neither carried out nor refused."""
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


class TestAnswers:
    """What the registrar answers is what the program goes on with."""

    def test_outputs_reach_the_program(self, recorder: RecordingRegistrar) -> None:
        """The answer's id and outputs are what the program goes on with; numbers stay whole."""

        def main() -> None:
            thing = Thing("a", {"size": 3})
            group = Group("g")
            group.register_outputs({"arn": thing.arn})
            pulumi.export("all", [thing.id, thing.arn, thing.size])  # type: ignore[attr-defined]

        run_main(main, recorder)
        assert stack_outputs(recorder) == {"all": ["a-1", "arn:a", 3]}
        assert recorder.outputs[GROUP + "g"] == {"arn": "arn:a"}

    def test_unknowns_spread_in_a_preview(self, recorder: RecordingRegistrar) -> None:
        """In a preview a missing output is unknown, and so is what follows from it; `apply` is not run."""
        recorder.unknown = True

        def main() -> None:
            thing = Thing("a", {"size": 1})
            Thing("b", {"refs": [thing.id], "of": thing.arn.apply(lambda arn: arn[4:])})
            pulumi.export("arn", pulumi.Output.secret(thing.arn))

        run_main(main, recorder, preview=True)
        assert recorder.goals[URN + "b"].inputs == {"refs": [UNKNOWN], "of": UNKNOWN}
        assert stack_outputs(recorder) == {"arn": SecretValue(UNKNOWN)}

    def test_reads_arrive(self, recorder: RecordingRegistrar) -> None:
        """`.get()` asks for an id, and the id that is read is the program's, in a preview, too."""

        def main() -> None:
            thing = Thing("a", opts=pulumi.ResourceOptions(id="a-7", additional_secret_outputs=["arn"]))
            pulumi.export("id", thing.id)
            pulumi.export("arn", thing.arn)

        for preview in (False, True):
            run_main(main, recorder, preview=preview)
            assert stack_outputs(recorder) == {"id": "a-7", "arn": "read"}
        assert recorder.goals[URN + "a"].import_id == "a-7"
        assert recorder.goals[URN + "a"].additional_secret_outputs == ("arn",)

    def test_invokes_arrive(self, recorder: RecordingRegistrar) -> None:
        """Functions get plain arguments, called as an output or at once; secrets make the result secret."""

        def main() -> None:
            arguments = {"a": pulumi.Output.secret(1), "b": [Thing("t").id]}
            output = pulumi.runtime.invoke_output("aws:test/echo:echo", arguments)
            pulumi.export("later", output)
            now = pulumi.runtime.invoke("aws:test/echo:echo", {"a": 1}).value
            assert now == {"token": "aws:test/echo:echo", "a": 1}

        run_main(main, recorder)
        assert stack_outputs(recorder) == {
            "later": SecretValue({"token": "aws:test/echo:echo", "a": 1, "b": ["t-1"]})
        }


class TestFailures:
    """What a failing program or registration leaves."""

    def failing(
        self, main: Callable[[], Any], recorder: RecordingRegistrar
    ) -> tuple[Exception, EngineMonitor]:
        monitor = EngineMonitor(project="myelin", stack=STACK, registrar=recorder)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - any, to be looked at
            run(running(main), monitor, preview=False, log=lambda _severity, _text: None)
        return caught.value, monitor

    def test_a_failing_program_has_nothing_made(self, recorder: RecordingRegistrar) -> None:
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

    def test_a_failing_apply_fails_the_run(self, recorder: RecordingRegistrar) -> None:
        """An error inside `apply` comes out as it is; what does not depend on it may have been made."""

        def main() -> None:
            def fail(_arn: str) -> str:
                raise KeyError("oops")

            Thing("b", {"of": Thing("a").arn.apply(fail)})

        error, _ = self.failing(main, recorder)
        assert (type(error), error.args) == (KeyError, ("oops",))
        assert "b" not in recorder.order

    def test_nothing_begins_after_a_failure(self, recorder: RecordingRegistrar) -> None:
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

    def test_waits_for_what_is_under_way(self, recorder: RecordingRegistrar) -> None:
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

    def test_a_failing_function_fails_the_run(self, recorder: RecordingRegistrar) -> None:
        """What a function raises is the run's failure, with its own type."""
        error, monitor = self.failing(lambda: pulumi.runtime.invoke("aws:test/fail:fail", {}), recorder)
        assert error is monitor.failure
        assert str(error) == "no such function"

    def test_what_is_no_exception_does_not_hang_the_program(self, recorder: RecordingRegistrar) -> None:
        """The SDK waits for ever for an output whose call ended in a BaseException: it gets an Exception."""

        def die(goal: ResourceGoal) -> None:
            if goal.name == "a":
                raise Killed

        recorder.on_register = die
        error, monitor = self.failing(lambda: Thing("b", {"refs": [Thing("a").id]}), recorder)
        assert isinstance(error, StoppedError)
        assert isinstance(monitor.failure, Killed)

    def test_says_nothing_by_itself(
        self,
        recorder: RecordingRegistrar,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Neither SDK nor event loop writes about a failure: the caller tells it, once."""
        gc.collect()  # what earlier tests left writes when it is found, too
        caplog.clear()

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
