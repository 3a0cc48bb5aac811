"""The cases of the policies, before a deployment changes anything."""

from __future__ import annotations

import pytest

from cli.deployment.cases import require_passing_cases
from cli.deployment.inputs import read_inputs
from cli.environment import read_environment
from cli.project import Project
from policies.calls.language.errors import PolicyError


def test_cases_that_pass_let_a_deployment_go_on(project: Project) -> None:
    """The shipped policies decide as their cases expect."""
    require_passing_cases(read_inputs(project, read_environment(project, "dev")))


def test_a_case_that_fails_is_named_with_its_place(project: Project) -> None:
    """The policies decide otherwise than a case expects: file and line of the case."""
    (project.policies / "no-erase.cedar").write_text("")
    with pytest.raises(PolicyError, match="fails") as caught:
        require_passing_cases(read_inputs(project, read_environment(project, "dev")))
    assert (caught.value.path, caught.value.line) == (project.policies / "no-erase.cases.yaml", 3)
