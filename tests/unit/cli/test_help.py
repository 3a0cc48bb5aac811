"""What every command offers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.commands import COMMANDS
from cli.main import app


@pytest.mark.parametrize("command", list(COMMANDS))
def test_command_has_examples_and_json(command: str) -> None:
    """Each command's help has examples, and each can write JSON (DEL-3)."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert f"myelin {command}" in shown.stdout.split("Examples:")[1]
    assert "--json" in shown.stdout


def test_help_imports_nothing_heavy() -> None:
    """The help answers without importing Pulumi, boto3, moto or the web framework."""
    heavy = ("pulumi", "boto3", "moto", "fastapi", "cedarpy", "rich")
    code = f"import sys, cli.main; print([name for name in {heavy!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_no_commands_help_waits_for_pulumi() -> None:
    """The modules of all commands together import neither Pulumi nor boto3, moto or checkov."""
    heavy = ("pulumi", "grpc", "boto3", "moto", "checkov")
    modules = sorted({entry.target.partition(":")[0] for entry in COMMANDS.values()})
    code = (
        f"import importlib, sys; [importlib.import_module(name) for name in {modules!r}];"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_bad_flag_exits_2() -> None:
    """A flag that does not exist is a usage error."""
    assert CliRunner().invoke(app, ["up", "--nope"]).exit_code == 2
