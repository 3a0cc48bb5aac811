"""Failures as words and exit codes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cli.errors import (
    CliError,
    ConfirmationNeededError,
    NotRunningError,
    TimedOutError,
    UsageError,
    explain,
)
from cli.exit_codes import ExitCode
from components.declarations.errors import DeclarationError
from policies.calls.language.errors import PolicyError
from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.tasks.errors import ImageTableError
from sandbox.engine.errors import InterruptedRunError, ProtectedResourceError
from sandbox.engine.provider import ProviderError
from sandbox.errors import NotLoopbackError
from stacks.errors import StackSettingsError

CASES = [
    (CliError("x"), ExitCode.FAILED),
    (UsageError("x"), ExitCode.USAGE),
    (ConfirmationNeededError("this would delete a"), ExitCode.USAGE),
    (NotRunningError(), ExitCode.FAILED),
    (TimedOutError("x"), ExitCode.TIMED_OUT),
    (DeclarationError("x", path=Path("a/service.toml"), line=3, hint="h"), ExitCode.USAGE),
    (PolicyError("x", path=Path("a.cedar"), line=3, hint="h"), ExitCode.USAGE),
    (ImageTableError(path=Path("images.toml"), line=1, expected="expected a table"), ExitCode.USAGE),
    (PortInUseError(80), ExitCode.USAGE),
    (NotLoopbackError("https://example.com"), ExitCode.USAGE),
    (InterruptedRunError(), ExitCode.INTERRUPTED),
    (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    (ProtectedResourceError("urn", "deleted"), ExitCode.FAILED),
    (ProviderError(urn="urn", call="ec2.CreateVpc", code="VpcLimitExceeded", detail="x"), ExitCode.FAILED),
    (ProviderError(urn="urn", call="ecs", code="RolledBack", detail="x"), ExitCode.ROLLED_BACK),
    (ProviderError(urn="urn", call="ecs", code="TimedOut", detail="x"), ExitCode.TIMED_OUT),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=lambda value: type(value).__name__)
def test_failures_have_the_documented_exit_code(error: BaseException, code: ExitCode) -> None:
    """Bad input exits 2, an interruption 130, a time-out 8, a rollback 6, any other failure 1."""
    explanation = explain(error)
    assert explanation is not None
    assert explanation.code is code


def test_place_is_named() -> None:
    """A mistake in a file is explained with its path and line."""
    error = DeclarationError(
        "unknown key `prot`", path=Path("a/service.toml"), line=3, hint="did you mean `port`?"
    )
    explanation = explain(error)
    assert explanation is not None
    assert explanation.where == "a/service.toml:3"
    assert explanation.document() == {
        "error": {
            "message": "unknown key `prot`",
            "hint": "did you mean `port`?",
            "where": "a/service.toml:3",
            "exit_code": 2,
        }
    }


def test_place_below_the_working_folder_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path below the working folder is shown as it is reached from there; others are whole."""
    monkeypatch.chdir(tmp_path)
    inside = explain(StackSettingsError("x", hint="h", path=tmp_path / "stacks" / "a.yaml", line=2))
    outside = explain(StackSettingsError("x", hint="h", path=Path("/elsewhere/a.yaml"), line=2))
    assert inside is not None
    assert outside is not None
    assert (inside.where, outside.where) == ("stacks/a.yaml:2", "/elsewhere/a.yaml:2")


def test_place_is_said_once() -> None:
    """An error whose message begins with its place is not explained with the place twice."""
    found = explain(ImageTableError(path=Path("images.toml"), line=1, expected="expected a table"))
    assert found is not None
    assert (found.where, found.message) == ("images.toml:1", "expected a table")


URN = "urn:pulumi:dev-workloads::myelin::myelin:containers:Service$aws:ecs/service:Service::axon"


def test_resource_is_named_in_short() -> None:
    """A failed step is explained with stack, type and name; the URN is in the JSON document."""
    found = explain(ProviderError(urn=URN, call="ecs:DescribeServices", code="Failed", detail="no licence"))
    assert found is not None
    assert found.message == (
        "ecs:DescribeServices failed for `dev-workloads aws:ecs/service:Service axon`: Failed: no licence"
    )
    assert found.document()["error"] == {
        "message": found.message,
        "hint": "see the arguments of this resource",
        "urn": URN,
        "exit_code": 1,
    }


def test_unforeseen_failure_is_not_explained_away() -> None:
    """An error without words of its own is nobody's to explain here."""
    assert explain(ValueError("x")) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_full_disk_is_said_in_words(number: int) -> None:
    """The file that could not be written, and what needs no room; no other failure is guessed at."""
    found = explain(OSError(number, os.strerror(number), "/far/state.json"))
    assert found is not None
    assert found.message == f"nothing more can be written: {os.strerror(number).lower()}"
    assert (found.code, found.where) == (ExitCode.FAILED, "/far/state.json")
    assert explain(OSError(errno.EIO, "x")) is None
