"""Every error class of the project can be explained: found by walking its packages."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

from cli.deployment.delivering.service_deployments import EcsDeployment, read_service_deployment
from cli.errors import CliError, Explained, explain
from cli.exit_codes import ExitCode
from cli.locks.lease import Lease
from components.errors import ComponentError
from lambdas.rotation.errors import RotationError
from policies.calls.errors import GovernanceError
from policies.calls.language.errors import PolicyError
from policies.resources.command.errors import OptionError
from policies.resources.findings.errors import FindingsError
from policies.resources.graph.errors import GraphError
from policies.resources.scanning.checkov_runner import load
from policies.resources.scanning.errors import ScanError
from sandbox.cloud.tasks.errors import TaskFailedError
from sandbox.engine.errors import EngineError
from sandbox.errors import SandboxError
from services.runtime.errors import ServiceError
from stacks.errors import StackError
from stacks.lean_imports import import_provider_leanly
from tests.support.resources.registered_checks import foreign_checks, unregistered_after
from tests.support.worlds.fake_deployments import described

PACKAGES = ("cli", "components", "lambdas", "policies", "sandbox", "services", "stacks")

# mypy checks here that the roots have what the Protocol names
ROOTS: tuple[type[Explained], ...] = (
    CliError,
    ComponentError,
    EngineError,
    FindingsError,
    GovernanceError,
    GraphError,
    OptionError,
    PolicyError,
    RotationError,
    ScanError,
    SandboxError,
    ServiceError,
    StackError,
)

# what is raised for the code around it alone, and becomes an answer or another error there
INTERNAL = {
    "BrokenError": "becomes an error of the call",
    "NotSentError": "becomes an error of the call",
    "CodeAssetError": "becomes an ArgumentError of the provider",
    "CancelledError": "the store turns it into the conflict that it stands for",
    "ClientGoneError": "ends the request that has lost its client",
    "ConflictException": "moto answers with it",
    "ContradictionError": "becomes a StackSettingsError with its place",
    "ExpressionError": "moto refuses the alarm or the request with its words",
    "GoneError": "the executor starts another process",
    "ImageDigestDoesNotMatchException": "moto answers with it",
    "IllegalTransitionError": "becomes a LedgerCorruptError where records are read",
    "LateError": "the executor answers with a timeout",
    "MalformedRequestError": "the emulator answers 400",
    "MissingLogGroupError": "the lines are kept until the group exists",
    "NoPlaceError": "becomes 503: come back later",
    "NotBegunError": "the service answers with the problem, and forgets the deed",
    "NotConcernedError": "the rule says nothing of the resource",
    "NotForwardingError": "fails the deployment with its words",
    "NotKnownError": "the rule's verdict is that the value is not known",
    "NotUnderstoodError": "becomes a condition that the comparison says it did not try",
    "OnDemandRefusedError": "moto answers with it",
    "OutputClosedError": "ends the command with the exit code of a closed pipe",
    "ProblemError": "the service answers with the problem",
    "RolloutError": "the hook answers FAILED with its words",
    "RotationFailedError": "moto answers with it",
    "RuleError": "the alarm is refused, or has INSUFFICIENT_DATA, with its words",
    "ServiceDeploymentNotFoundException": "moto answers with it",
    "StoppedError": "ends a program that has failed already",
    "TooManyRequestsError": "moto answers with it",
    "TooLargeAnswerError": "becomes an error of the call",
    "TranslationError": "becomes an ArgumentError of the provider",
    "UnreadSchemaError": "becomes a difference that the comparison says it did not try",
    "_RefusedError": "the function URL answers with its status",
}

EXAMPLES: dict[Any, Any] = {
    str: "axon",
    int: 3,
    float: 1.5,
    bool: True,
    Path: Path("a/b.toml"),
    int | None: 3,
    str | None: "axon",
    Path | None: Path("a/b.toml"),
    tuple[str, ...]: ("axon",),
    Sequence[str]: ("axon",),
    Sequence[int]: (3,),
    Mapping[str, str]: {"axon": "sha256:1"},
    Lease: Lease(holder="axon", token="1", since=0.0, renewed=1.0, what="myelin up"),
    EcsDeployment: read_service_deployment(
        "axon", described("ROLLBACK_SUCCESSFUL", statusReason="it is red")
    ),
}
HINT = "look at it"


# importing everything takes seconds: no test pays for it that is not run
@cache
def error_classes() -> tuple[type[BaseException], ...]:
    """All classes of errors that the packages define, by module and name."""
    found: set[type[BaseException]] = set()
    # else the provider lacks each class that a component has imported, where other tests look for it
    import_provider_leanly()
    # checkov's own checks stay registered, so they have to be there before ours
    load()
    with (
        warnings.catch_warnings(action="ignore"),  # pulumi_aws has modules that it calls deprecated
        unregistered_after("policies.resources.checkov.platform_checks"),
    ):
        for package in map(importlib.import_module, PACKAGES):
            for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not info.name.endswith("__main__"):
                    found.update(_defined_in(importlib.import_module(info.name)))
    return tuple(sorted(found, key=lambda cls: (cls.__module__, cls.__name__)))


def _defined_in(module: ModuleType) -> Iterator[type[BaseException]]:
    for value in vars(module).values():
        if not isinstance(value, type) or value.__module__ != module.__name__:
            continue
        if issubclass(value, BaseException):
            yield value


def explained_classes() -> list[type[Explained]]:
    return [cls for cls in error_classes() if issubclass(cls, ROOTS)]


def examples() -> Iterator[Explained]:
    """One error of each class that can be made of example values."""
    for cls in explained_classes():
        made = _example(cls)
        if made is not None:
            yield made


def _example(cls: type[Explained]) -> Explained | None:
    hints = get_type_hints(cls.__init__)
    arguments: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:
        wanted = hints[name]
        if isinstance(wanted, type) and issubclass(wanted, Enum):
            value: Any = next(iter(wanted))
        elif wanted in EXAMPLES:
            value = HINT if name == "hint" else EXAMPLES[wanted]
        elif parameter.default is not parameter.empty:
            continue
        else:
            return None
        if parameter.kind is parameter.KEYWORD_ONLY:
            keywords[name] = value
        else:
            arguments.append(value)
    return cls(*arguments, **keywords)


def test_every_error_is_explained_or_internal() -> None:
    """An error class stands below one of the roots, or the code around it turns it into something else."""
    internal = {cls.__name__ for cls in error_classes() if not issubclass(cls, ROOTS)}
    assert internal == INTERNAL.keys()


def test_looking_leaves_no_check_registered() -> None:
    """Importing our checks registers them with checkov; after the look, its own alone are there."""
    assert error_classes()
    assert foreign_checks() == []


def test_most_errors_are_tried_here() -> None:
    """Example values make an error of every class but those that are made of a problem or of failed cases."""
    tried = {type(error).__name__ for error in examples()}
    assert {cls.__name__ for cls in explained_classes()} - tried == {
        "AdminRefusedError",
        "CallDeniedError",
        "ChangeDeniedError",
        "DeniedByTargetError",
        "IntentMismatchError",
        "InvalidChangeError",
        "CasesFailError",
        "CasesFailedError",
        "UnprovenError",
    }


def test_bad_input_is_a_property_of_the_class() -> None:
    """Each class says, itself or by its root, whether it is about input that a person can correct."""
    assert [cls for cls in explained_classes() if not isinstance(cls.bad_input, bool)] == []


def test_errors_follow_the_rules_of_messages() -> None:
    """Message and hint are lowercase without a full stop, and the message leaves the hint to the hint."""
    assert [repr(error) for error in examples() if not _is_well_said(error)] == []


def _is_well_said(error: Explained) -> bool:
    return (
        _is_lowercase(error.message, error)
        and _is_lowercase(error.hint, error)
        and not error.message.endswith(".")
        and not error.hint.endswith(".")
        and (not error.hint or error.hint not in error.message)
    )


def _is_lowercase(text: str, error: Explained) -> bool:
    """Whether it begins so; names such as AWS keep their capitals, stopped reasons begin with ECS's code."""
    first = text.split(maxsplit=1)[0] if text else ""
    return not first[:1].isupper() or first.isupper() or isinstance(error, TaskFailedError)


def test_text_is_the_message_behind_its_place() -> None:
    """`str()` is the message, with path, line and column in front where an error has them."""
    assert [repr(error) for error in examples() if str(error) != _placed(error)] == []


def _placed(error: Explained) -> str:
    parts = (getattr(error, name, None) for name in ("path", "line", "column"))
    place = ":".join(str(part) for part in parts if part is not None)
    return f"{place}: {error.message}" if place else error.message


def test_places_are_places() -> None:
    """`path` is a file, `line` a number and `urn` a text, wherever an error has them."""
    for error in examples():
        assert isinstance(getattr(error, "path", None), Path | None), error
        assert isinstance(getattr(error, "line", None), int | None), error
        assert isinstance(getattr(error, "urn", ""), str), error


def test_bad_input_decides_the_exit_code() -> None:
    """Bad input exits 2, and nothing else does."""
    for error in examples():
        assert isinstance(error, BaseException)
        found = explain(error)
        assert found is not None, error
        assert (found.code is ExitCode.USAGE) == error.bad_input, error
