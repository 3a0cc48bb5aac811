"""Which stacks a check looks at."""

from __future__ import annotations

import pytest

from cli.checking.stacks import choose_environments
from cli.errors import UsageError
from cli.project import Project, find_project
from tests.support.paths import ROOT


@pytest.fixture
def project() -> Project:
    return find_project(directory=ROOT)


def test_all_environments_unless_some_are_named(project: Project) -> None:
    """Without a name all that there are; a name that stands twice is run once."""
    assert choose_environments(project, (), None) == project.environments()
    assert choose_environments(project, ("dev", "dev"), None) == ("dev",)


def test_a_stack_means_its_environment(project: Project) -> None:
    """The layers beside the wanted one are run, too."""
    assert choose_environments(project, (), "dev-platform") == ("dev",)


@pytest.mark.parametrize("stack", ["dev", "dev-nothing", "", "nowhere-platform"])
def test_an_unknown_stack_is_named_with_those_there_are(project: Project, stack: str) -> None:
    """The message has the name, the hint every stack of the project."""
    with pytest.raises(UsageError) as caught:
        choose_environments(project, (), stack)
    assert f"`{stack}`" in caught.value.message
    assert "`dev-foundation`" in caught.value.hint
