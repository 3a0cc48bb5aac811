"""Runs of programs: what they read, what they log, and that they leave nothing behind.

Guards what the engine relies on of the Pulumi SDK: when one of these fails after an update of pulumi, look at
sandbox/engine/program/execution.py.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor
from tests.support.engine.memory_provider import THING
from tests.support.engine.programs import STACK, Thing, running
from tests.support.engine.recording_registrar import (
    RecordingRegistrar,
    run_main,
    stack_outputs,
)
from tests.support.engine.values import URN


def test_an_async_program_runs(recorder: RecordingRegistrar) -> None:
    """The entry function may be asynchronous."""

    async def main() -> None:
        await asyncio.sleep(0)
        Thing("a")

    run_main(main, recorder)
    assert URN + "a" in recorder.goals


def test_log_messages_arrive(recorder: RecordingRegistrar) -> None:
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


class TestNothingIsLeftBehind:
    """What the SDK keeps for a program is gone when the program has run."""

    def test_settings_are_the_callers_again(self, recorder: RecordingRegistrar) -> None:
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
            run_main(lambda: inside.append(look()), recorder, preview=preview, config={"myelin:key": preview})
            assert look() == before
        assert [seen[:3] for seen in inside] == [(STACK, "myelin", "organization")] * 2
        assert [seen[5:] for seen in inside] == [(True, "true"), (False, "false")]
        assert all(isinstance(seen[3], EngineMonitor) for seen in inside)

    def test_a_run_sees_nothing_of_the_callers_context(self, recorder: RecordingRegistrar) -> None:
        """Context variables of the caller do not reach a program: each run begins with none."""
        variable = contextvars.ContextVar("variable", default="none")
        variable.set("the caller's")
        seen: list[str] = []
        run_main(lambda: seen.append(variable.get()), recorder)
        assert seen == ["none"]

    def test_stacks_run_one_after_the_other(self) -> None:
        """Many stacks run in one process, after failed ones, too; each has its own root and outputs."""
        for number in range(3):
            recorder = RecordingRegistrar()
            stack = f"stack-{number}"

            def main() -> None:
                pulumi.export("stack", pulumi.get_stack())

            run_main(main, recorder, stack=stack)
            assert stack_outputs(recorder, stack) == {"stack": stack}
            with pytest.raises(ZeroDivisionError):
                run_main(lambda: 1 // 0, RecordingRegistrar(), stack=stack)

    def test_stacks_run_side_by_side(self) -> None:
        """Stacks in threads at once do not see each other: settings, configuration, resources and outputs."""
        inside = threading.Barrier(4, timeout=20)

        def run_one(number: int) -> tuple[RecordingRegistrar, str]:
            recorder, stack = RecordingRegistrar(), f"stack-{number}"

            def main() -> None:
                inside.wait()
                thing = Thing(f"thing-{number}", {"size": number})
                inside.wait()
                pulumi.export("stack", pulumi.get_stack())
                pulumi.export("config", pulumi.Config("myelin").require_int("number"))
                pulumi.export("id", thing.id)
                pulumi.export("urn", thing.urn)

            run_main(main, recorder, stack=stack, config={"myelin:number": number})
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

    def test_no_thread_is_left(self, recorder: RecordingRegistrar) -> None:
        """The threads that registrations run in end with the run."""
        before = set(threading.enumerate())
        run_main(lambda: [Thing(str(number)) for number in range(20)], recorder)
        assert set(threading.enumerate()) <= before


class TestConfiguration:
    """A program reads its configuration as under Pulumi."""

    def test_values_have_pulumis_forms(self, recorder: RecordingRegistrar) -> None:
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
        run_main(main, recorder, config=config)
        assert seen == ["1", True, 3, ["a", {"b": 1}], "us-east-1", None]
