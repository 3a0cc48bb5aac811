"""Runs the stacks of an environment in this process, without AWS and without the sandbox, for their graphs.

It is the program that `pulumi up` runs, as a preview in which nothing exists yet. What AWS would answer is
made up (placeholders.py).
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cli.checking.placeholders import Placeholders
from cli.errors import CliError
from cli.project import LAYERS, Project
from components.functions.definition import FunctionCode
from components.functions.runtime import FunctionTarget
from policies.resources.graph.values import Graph, Location, Resource, Value
from policies.resources.graph.wire import decode_all, location
from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.program.program import Program
from sandbox.engine.running.registrar import RegisterResult, StepLog, resolve_stack_reference
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import ResourceGoal
from sandbox.engine.values.urn import STACK_TYPE, type_of
from sandbox.engine.values.wire import encode
from stacks.config_file import load_config_file
from stacks.names import PROJECT, StackName
from stacks.program import deploy_stack

_REGION = "aws:region"
_DEFAULT_REGION = "us-east-1"
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


class UnknownLookupError(CliError):
    """The program asks AWS for something that has no placeholder."""

    def __init__(self, token: str) -> None:
        """Name the provider function."""
        super().__init__(
            f"the program calls `{token}`, and there is no placeholder for its answer",
            hint="add one to cli/checking/placeholders.py, or check the output of `pulumi preview --json`",
        )


def record_environment(project: Project, environment: str) -> tuple[Graph, ...]:
    """The graphs of an environment's stacks, from the bottom layer up.

    Inputs that only a deployment brings are unknown; references lead to resources of lower layers too.
    Raises UsageError, UnknownLookupError and what the program raises: DeclarationError, StackSettingsError.
    """
    project.require_environment(environment)
    stacks = [StackName(environment=environment, layer=layer) for layer in LAYERS]
    files = {str(stack): load_config_file(stack.config_file(project.root)) for stack in stacks}
    config = {stack: file.plain_values() for stack, file in files.items()}
    made = Placeholders(str(config[str(stacks[0])].get(_REGION, _DEFAULT_REGION)))
    outputs: dict[str, PropertyMap] = {}
    graphs: list[Graph] = []
    with tempfile.TemporaryDirectory(prefix="myelin-check-") as folder:
        build = partial(_empty_archive, Path(folder))
        for stack in map(str, stacks):
            program = Program(
                project=PROJECT,
                stack=stack,
                main=partial(deploy_stack, project.root, build),
                config=config[stack],
                root=project.root,
            )
            recorder = _Recorder(made, outputs)
            run(
                program,
                EngineMonitor(project=PROJECT, stack=stack, registrar=recorder),
                preview=True,
                log=lambda _severity, _text: None,
            )
            outputs[stack] = recorder.outputs
            graphs.append(_graph(stack, recorder.goals, made, project.root, folder))
    return tuple(graphs)


def whole(environment: str, graphs: tuple[Graph, ...]) -> Graph:
    """An environment as one graph, in which what one stack makes and another uses is connected."""
    return Graph(
        stack=environment,
        source="program",
        resources=tuple(item for graph in graphs for item in graph.resources),
        notes=tuple(note for graph in graphs for note in graph.notes),
    )


class _Recorder:
    """Keeps each goal, and answers as if it had been reached."""

    def __init__(self, made: Placeholders, stacks: Mapping[str, PropertyMap]) -> None:
        """Take what makes values up, and the outputs of the stacks below."""
        self._made = made
        self._stacks = stacks
        self._ledger = StepLog()
        self._lock = threading.Lock()
        self.goals: list[ResourceGoal] = []
        self.outputs: PropertyMap = {}

    def register(self, goal: ResourceGoal) -> RegisterResult:
        """Keep a goal; what is not made up is unknown to the program."""
        self._ledger.claim(goal.urn)
        with self._lock:
            self.goals.append(goal)
        if not goal.custom:
            return RegisterResult(id="", outputs={})
        made = self._made.outputs(goal.urn, goal.type, goal.inputs)
        return RegisterResult(id=made["id"], outputs={**made, **goal.inputs})

    def read(self, goal: ResourceGoal) -> RegisterResult:
        """A resource that is not the program's own is not looked up."""
        self._ledger.claim(goal.urn)
        return RegisterResult(id=goal.import_id, outputs={})

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        """The outputs of a stack below; raises MissingStackError."""
        self._ledger.claim(goal.urn)
        return resolve_stack_reference(self._stacks.get, goal)

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Keep the stack's outputs for the stacks above."""
        if type_of(urn) == STACK_TYPE:
            self.outputs = outputs

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a provider function; raises UnknownLookupError."""
        answer = self._made.answer(token, arguments)
        if answer is None:
            raise UnknownLookupError(token)
        return dict(answer)


def _graph(stack: str, goals: list[ResourceGoal], made: Placeholders, root: Path, scratch: str) -> Graph:
    """Registrations come from several threads, so the graph is put in order by where they were made."""
    resources = sorted((_resource(goal, made, root, scratch) for goal in goals), key=lambda item: item.urn)
    return Graph(stack=stack, source="program", resources=tuple(resources))


def _resource(goal: ResourceGoal, made: Placeholders, root: Path, scratch: str) -> Resource:
    inputs = {name: _relative(value, scratch) for name, value in decode_all(encode(goal.inputs)).items()}
    by_property = {
        name: made.sources(value) or tuple(sorted(goal.property_dependencies.get(name, ())))
        for name, value in inputs.items()
    }
    references = {name: urns for name, urns in by_property.items() if urns}
    used = {urn for urns in references.values() for urn in urns}
    return Resource(
        urn=goal.urn,
        token=goal.type,
        name=goal.name,
        parent=goal.parent,
        custom=goal.custom,
        inputs={name: made.hide(value) for name, value in inputs.items()},
        references=references,
        depends_on=tuple(urn for urn in sorted(goal.dependencies) if urn not in used),
        protect=goal.protect,
        # the stack itself is made inside the SDK, on no line of the program
        location=None if goal.type == STACK_TYPE else _inside(location(goal.source_position), root),
    )


def _relative(value: Value, scratch: str) -> Value:
    """Take out where the placeholder of an archive lay, so that two runs have the same graph."""
    if isinstance(value, dict):
        return {name: _relative(item, scratch) for name, item in value.items()}
    return value.removeprefix(f"{scratch}{os.sep}") if isinstance(value, str) else value


def _inside(found: Location | None, root: Path) -> Location | None:
    """Say a path from the project's root on, where it lies in the project."""
    if found is None:
        return None
    path = Path(found.path)
    return replace(found, path=path.relative_to(root).as_posix()) if path.is_relative_to(root) else found


def _empty_archive(folder: Path, _root: Path, _code: FunctionCode, target: FunctionTarget) -> Path:
    """Stands in for a function's code, whose making takes a download; no check looks into it."""
    path = folder / f"{target}.zip"
    path.write_bytes(_EMPTY_ZIP)
    return path
