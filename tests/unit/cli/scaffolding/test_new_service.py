"""The plan of a new service, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.project import Project
from cli.scaffolding.new_service import plan_service
from cli.scaffolding.service_request import NewCall, NewService
from components.declarations import DeclarationError
from tests.support.recording.project_copy import copy_sources


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = copy_sources(tmp_path / "project")
    return Project(root=root, sandbox=root / ".myelin")


def asked(name: str = "payments", **more: object) -> NewService:
    return NewService(**{"name": name, "intents": ("credit",), **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "", "Payments", "pay-ments", "pay_ments", "1pay", "päy", "class", "a" * 21, "../pay", "pay/ments",
        "governance", ".", "pay ments", "pay\n",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(project: Project, name: str) -> None:
    """No name of another form, none that Python could not import, none of the platform's own."""
    with pytest.raises(UsageError, match="cannot name a service"):
        plan_service(project, asked(name))


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (asked("axon"), "`services/axon` is there already"),
        (asked("runtime"), "`services/runtime` is there already"),
        (asked(intents=("Credit",)), "--intent `Credit` is no name"),
        (asked(intents=("health",)), "has the path of the health check"),
        (asked(calls=(NewCall(service="axom", intent="reason"),)), "--calls: there is no service `axom`"),
        (asked(calls=(NewCall(service="axon", intent="erase"),)), "`axon` does not offer the intent `erase`"),
        (asked(callers=("orbitt",)), "--called-by: there is no service `orbitt`"),
    ],
)
def test_what_does_not_fit_is_refused(project: Project, service: NewService, words: str) -> None:
    """Names that are taken, intents that cannot be, calls that go nowhere: with the flag to correct."""
    with pytest.raises(UsageError) as caught:
        plan_service(project, service)
    assert words in caught.value.message
    assert caught.value.hint


def test_a_file_in_the_way_is_named(project: Project) -> None:
    """A test of the same name that is there already is not overwritten."""
    path = project.root / "tests" / "unit" / "services" / "payments" / "test_payments.py"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"payments/test_payments.py` is there already"):
        plan_service(project, asked())


def test_a_project_that_is_wrong_already_says_where(project: Project) -> None:
    """A mistake that is there is told as such, with its own place."""
    orbit = project.services / "orbit" / "service.toml"
    orbit.write_text(orbit.read_text("utf-8").replace("port = 8080", "port = 1"), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        plan_service(project, asked())
    assert caught.value.path == orbit


def test_a_call_that_a_policy_forbids_is_told(project: Project) -> None:
    """The permit follows from the declaration; a forbid wins over it, and that is said with its reason."""
    planned = plan_service(project, asked(intents=("credit", "erase"), callers=("orbit",)))
    [note] = planned.denied
    assert note.startswith("governance denies `orbit` the intent `erase` on `payments`, although declared:")
    assert note.endswith("(no-erase)")
    assert [str(change.path) for change in planned.changes if change.before is not None] == [
        "services/images.toml",
        "services/orbit/service.toml",
        "policies/calls/rules/schema.cedarschema",
    ]
    assert planned.port == 8082
