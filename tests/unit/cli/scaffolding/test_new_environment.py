"""The stack files of a new environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.project import Project
from cli.scaffolding.new_environment import RANGE_KEY, plan_environment
from stacks.config_file import load_config_file
from stacks.errors import StackSettingsError
from stacks.names import Layer
from tests.support.recording.project_copy import copy_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=copy_project(tmp_path), sandbox=tmp_path / ".myelin")


def foundation(project: Project, environment: str) -> Path:
    return project.stack_file(environment, Layer.FOUNDATION)


@pytest.mark.parametrize("like", ["dev", "prod", "staging"])
def test_all_but_the_range_is_the_models(project: Project, like: str) -> None:
    """Comments, too; only the address range is its own."""
    for change in plan_environment(project, "qa", like):
        assert change.before is None
        model = (project.root / str(change.path).replace(".qa-", f".{like}-")).read_text()
        others = [
            [line for line in text.splitlines() if RANGE_KEY not in line] for text in (model, change.text)
        ]
        assert others[0] == others[1]


def test_each_has_a_range_of_its_own(project: Project) -> None:
    """dev and sandbox share the default's, staging and prod have theirs; the next two are free."""
    for name, cidr in (("qa", "10.3.0.0/16"), ("live", "10.4.0.0/16")):
        for change in plan_environment(project, name, "dev"):
            (project.root / change.path).write_text(change.text)
        assert load_config_file(foundation(project, name)).values[RANGE_KEY] == cidr


def test_narrow_ranges_take_the_whole_of_theirs(project: Project) -> None:
    """What overlaps is passed over."""
    path = foundation(project, "prod")
    path.write_text(path.read_text().replace("10.2.0.0/16", "10.3.16.0/20"))
    [changed, *_] = plan_environment(project, "qa", "prod")
    assert f"  {RANGE_KEY}: 10.2.0.0/16\n" in changed.text


def test_a_model_without_config_is_refused(project: Project) -> None:
    """There is no line to write a range below; the file is named."""
    path = foundation(project, "dev")
    path.write_text("# nothing\n")
    with pytest.raises(StackSettingsError) as caught:
        plan_environment(project, "qa", "dev")
    assert caught.value.path == path


def test_when_all_ranges_are_taken(project: Project) -> None:
    """An environment may not share one without a word."""
    path = foundation(project, "dev")
    path.write_text(f"config:\n  {RANGE_KEY}: 10.0.0.0/16\n")
    text = path.read_text()
    for second in range(256):
        for layer in Layer:
            file = project.stack_file(f"e{second}", layer)
            file.write_text(text.replace("10.0.", f"10.{second}.") if layer is Layer.FOUNDATION else "")
    with pytest.raises(UsageError, match="every range of"):
        plan_environment(project, "qa", "dev")
