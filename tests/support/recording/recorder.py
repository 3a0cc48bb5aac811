"""Runs a Pulumi program against a monitor that records every registration and makes up plausible outputs."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import settings
from pulumi.runtime.mocks import MockEngine, MockMonitor, Mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

ACCOUNT = "111122223333"
REGION = "us-east-1"
STACK = "pulumi:pulumi:Stack"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How an output that a preview cannot know travels."""
_SECRET = "4dabf18193072939515e22adb298388d"
_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One registration as the engine would see it; `secret_inputs` names the secret ones."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    dependencies: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    protect: bool


@dataclass(kw_only=True)
class Graph:
    """Everything that one run registered."""

    resources: list[Recorded] = field(default_factory=list)
    registered_outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)
    invokes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        return next(outputs for urn, outputs in self.registered_outputs.items() if f"::{STACK}::" in urn)

    def of(self, token: str) -> list[Recorded]:
        """Resources of a type, by name."""
        return sorted((one for one in self.resources if one.type == token), key=lambda one: one.name)

    def one(self, token: str, name: str) -> Recorded:
        """The resource of a type with a logical name."""
        return next(one for one in self.resources if (one.type, one.name) == (token, name))

    def parent_of(self, one: Recorded) -> Recorded | None:
        """The resource that one is a child of; None for the stack itself."""
        return next((other for other in self.resources if other.urn == one.parent), None)

    @property
    def custom(self) -> list[Recorded]:
        """Resources that a provider makes."""
        return [one for one in self.resources if one.custom]

    @property
    def components(self) -> list[Recorded]:
        """Component resources."""
        return [one for one in self.resources if not one.custom and one.type != STACK]


class _NoMocks(Mocks):
    def call(self, args: Any) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: Any) -> Any:
        raise NotImplementedError(args.typ)


class Recorder(MockMonitor):
    """Answers like an engine whose every resource comes out as asked."""

    def __init__(self, stacks: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(_NoMocks())
        self.graph = Graph()
        self._stacks = stacks
        self._guard = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        urn = self.make_urn(request.parent, request.type, request.name)
        raw = json_format.MessageToDict(request.object)
        inputs, secrets = _reveal(raw)
        with self._guard:
            self.graph.resources.append(
                Recorded(
                    urn=urn,
                    type=request.type,
                    name=request.name,
                    custom=request.custom,
                    parent=request.parent,
                    inputs=inputs,
                    secret_inputs=frozenset(secrets),
                    dependencies=tuple(sorted(request.dependencies)),
                    ignore_changes=tuple(request.ignoreChanges),
                    protect=request.protect,
                )
            )
        state = {**inputs, **_computed(request.type, request.name, inputs)} if request.custom else {}
        identity = str(state.get("id", f"{request.name}-id")) if request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=_struct(state))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._guard:
            self.graph.references.append(request.id)
        state = {
            "name": request.id,
            "outputs": dict(self._stacks.get(request.id, {})),
            "secretOutputNames": [],
        }
        return resource_pb2.ReadResourceResponse(urn=urn, properties=_struct(state))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        outputs, _ = _reveal(json_format.MessageToDict(request.outputs))
        with self._guard:
            self.graph.registered_outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        arguments = json_format.MessageToDict(request.args)
        with self._guard:
            self.graph.invokes.append((request.tok, arguments))
        answer = _INVOKES[request.tok](arguments)
        return resource_pb2.ResourceInvokeResponse(**{"return": _struct(answer), "failures": []})


_INVOKES: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer",
        "id": ACCOUNT,
        "userId": "deployer",
    },
    "aws:index/getRegion:getRegion": lambda _: {"region": REGION, "name": REGION, "id": REGION},
    "aws:index/getPartition:getPartition": lambda _: {"partition": "aws", "id": "aws"},
    "aws:ec2/getPrefixList:getPrefixList": lambda given: {"id": f"pl-{given['name']}", "name": given["name"]},
    "aws:secretsmanager/getRandomPassword:getRandomPassword": lambda given: {
        "randomPassword": "x" * int(given["passwordLength"]),
        "id": "password",
    },
}


def _computed(token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    kind = token.rpartition(":")[2].lower()
    physical = inputs.get("name", name)
    computed: dict[str, Any] = {
        "id": f"{kind}-{name}",
        "arn": f"arn:aws:{kind}:{REGION}:{ACCOUNT}:{physical}",
        "name": physical,
    }
    match token:
        case "aws:ec2/vpc:Vpc":
            computed["defaultNetworkAclId"] = f"acl-{name}"
        case "aws:kms/key:Key":
            computed["keyId"] = f"key-{name}"
        case "aws:ecr/repository:Repository":
            computed["repositoryUrl"] = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{physical}"
        case "aws:lb/loadBalancer:LoadBalancer":
            computed["dnsName"] = f"internal-{physical}.elb.amazonaws.com"
        case "aws:lambda/function:Function":
            computed["version"] = "1"
        case "aws:lambda/functionUrl:FunctionUrl":
            computed["functionUrl"] = f"https://{physical}.lambda-url.{REGION}.on.aws/"
    return computed


def _reveal(values: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    plain: dict[str, Any] = {}
    secrets: set[str] = set()
    for key, value in values.items():
        if isinstance(value, dict) and value.get(_SECRET) == _SIGNATURE:
            secrets.add(key)
            plain[key] = value["value"]
        else:
            plain[key] = _whole(value)
    return plain, secrets


def _whole(value: Any) -> Any:
    """Numbers travel as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def record(
    main: Callable[[], None],
    *,
    stack: str,
    config: Mapping[str, str],
    root: Path | None = None,
    stacks: Mapping[str, Mapping[str, Any]] | None = None,
    preview: bool = False,
    project: str = "myelin",
    make: Callable[[Mapping[str, Mapping[str, Any]]], Recorder] = Recorder,
) -> Graph:
    """Run `main` as the program of `stack`; `stacks` are outputs of other stacks by their full names.

    `make` makes the recorder of those.
    """
    recorder = make(stacks or {})
    contextvars.Context().run(_run, main, recorder, project, stack, config, root, preview)
    return recorder.graph


def _run(
    main: Callable[[], None],
    recorder: Recorder,
    project: str,
    stack: str,
    config: Mapping[str, str],
    root: Path | None,
    preview: bool,
) -> None:
    settings.reset_options(
        project=project,
        stack=stack,
        organization="organization",
        root_directory=str(root) if root else None,
        preview=preview,
        monitor_address=recorder,  # type: ignore[arg-type]
        engine_address=MockEngine(None),  # type: ignore[arg-type]
    )
    pulumi.runtime.set_all_config(dict(config))
    asyncio.run(_main(main))


async def _main(main: Callable[[], None]) -> None:
    # after one failure many outputs fail with it; the failure itself is what the test sees
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    await run_in_stack(main)
