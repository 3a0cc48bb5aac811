"""The walk-through of docs/add-a-service.md; tests/end_to_end/changing/test_change.py deploys it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.terminal.program import program_name
from components.declarations import load_services
from policies.calls.language.defaults import declared_permits
from policies.calls.language.sources import read_sources
from sandbox.cloud.tasks.images import ImageTable
from tests.support.documents import walkthrough
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_sources


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the command says."""
    return []


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Path:
    """The services of this project, and what the walk-through says done to them."""
    root = copy_sources(tmp_path_factory.mktemp("followed") / "project")
    said += walkthrough.follow(root)
    return root


def test_the_command_says_and_writes_what_is_shown(followed: Path, said: list[str]) -> None:
    """What the document shows of the command is what it says, and what it added where the document says so.

    How the program is called there depends on the shell alone.
    """
    shown = walkthrough.command()[1]
    program = program_name()
    assert [line.split() for line in said] == [
        line.replace("myelin ", f"{program} ", 1).split() for line in shown
    ]
    for path, text in walkthrough.added().items():
        assert (followed / path).read_text(encoding="utf-8").endswith(text)


def test_declaration_and_call_are_honoured(followed: Path) -> None:
    """The declarations are valid together, the policies with the new call too, and the image is known."""
    services = load_services(followed / "services")
    assert "dendrite" in services.names
    assert services.callers_of("dendrite") == ("orbit",)
    policies = read_sources(ROOT / "policies" / "calls" / "rules", services.calls).policies
    assert "orbit-may-reason-on-dendrite" in {policy.id for policy in policies}
    table = ImageTable.load(followed / "services" / "images.toml")
    assert "services.dendrite.app:service" in table.find("sandbox/dendrite:0.1.0").command


def test_permit_is_the_derived_one(followed: Path) -> None:
    """The policy that the document shows is the one that follows from the call."""
    [call] = [call for call in load_services(followed / "services").calls if call.callee == "dendrite"]
    [permit] = declared_permits([call])
    assert walkthrough.blocks("cedar") == [permit.text]


def test_the_services_that_ship_are_short() -> None:
    """Axon and Orbit together take no more than 700 lines: the kit does the rest. AXN-1, ORB-1"""
    written = [path for name in ("axon", "orbit") for path in (ROOT / "services" / name).glob("*.py")]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in written) <= 700


def test_the_service_is_at_most_fifteen_lines(followed: Path) -> None:
    """The code of a governed service: fifteen lines of Python, blank ones left out. GOV-4"""
    code = (followed / "services" / "dendrite" / "app.py").read_text(encoding="utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15


def test_code_is_as_the_rest_of_the_project(followed: Path) -> None:
    """The code passes the linter with the project's rules, and is formatted."""
    code = followed / "services" / "dendrite" / "app.py"
    for check in (["check", "--ignore=INP"], ["format", "--check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", ROOT / "pyproject.toml", code],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_application_starts_without_a_caller(followed: Path) -> None:
    """The application can be built from the environment that a task has; its intents are no routes."""
    code = (
        "from services.dendrite.app import service\nprint([route.path for route in service.build().routes])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=followed,
        env={
            "PYTHONPATH": str(followed),
            "MYELIN_SERVICE": "dendrite",
            "MYELIN_ENVIRONMENT": "test",
            "MYELIN_VERSION": "1",
            "AWS_REGION": "us-east-1",
            "INTENTS": '[{"name": "reason", "safe_to_repeat": true}]',
            "GRANT_KEYS": "arn",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "['/health', '/openapi.json']\n", ran.stderr
