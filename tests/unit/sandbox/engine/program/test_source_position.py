"""Where a resource is declared: the SDK's answer, without the stack around it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from inspect import currentframe
from pathlib import Path

import pytest
from pulumi.runtime.proto import source_pb2

from sandbox.engine.engine import Engine
from sandbox.engine.program.source_position import declaring_frame
from sandbox.engine.state.store import StateStore
from tests.support.engine.programs import STACK, Group, Thing, running
from tests.support.paths import ROOT

Trace = Callable[[], source_pb2.StackTrace]


class Base:
    """The first of three constructors, as the SDK has them."""

    def __init__(self, trace: Trace) -> None:
        self.found = trace()


class Kind(Base):
    """The second."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)


class Named(Kind):
    """The class that a program names."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)


@pytest.fixture(scope="module")
def of_the_sdk() -> Trace:
    """What the SDK has, from a second copy of its module: in the first it is replaced."""
    spec = importlib.util.find_spec("pulumi.runtime.resource")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Trace = module._get_stack_trace
    assert found is not declaring_frame
    return found


def test_is_the_innermost_frame_of_the_sdks(of_the_sdk: Trace) -> None:
    """The same file and line, and nothing of what is around it."""
    whole, alone = (Named(trace).found for trace in (of_the_sdk, declaring_frame))
    assert len(whole.frames) > 10
    assert list(alone.frames) == list(whole.frames[:1])
    assert alone.frames[0].pc.uri == Path(__file__).as_uri()


def test_code_of_no_file(of_the_sdk: Trace) -> None:
    """A frame without a position, as the SDK has it."""
    whole, alone = (
        eval("named(trace).found", {"named": Named, "trace": trace})
        for trace in (of_the_sdk, declaring_frame)
    )
    assert list(alone.frames) == list(whole.frames[:1]) == [source_pb2.StackFrame()]


def test_nothing_is_being_made(of_the_sdk: Trace) -> None:
    """Outside of three constructors there is no frame."""
    for trace in (of_the_sdk, declaring_frame):
        assert list(trace().frames) == []


def test_is_recorded(engine: Engine, folder: Path) -> None:
    """The SDK asks for it: a state has file and line of resources and components."""
    lines: list[int] = []

    def main() -> None:
        frame = currentframe()
        assert frame
        lines.append(frame.f_lineno + 1)
        Group("group"), Thing("thing")

    engine.up(running(main))
    recorded = StateStore(folder).load(STACK).resources
    positions = {urn.rpartition("::")[2]: item.source_position for urn, item in recorded.items()}
    here = f"project:///{Path(__file__).relative_to(ROOT).as_posix()}#{lines[0]}"
    assert (positions["group"], positions["thing"]) == (here, here)
