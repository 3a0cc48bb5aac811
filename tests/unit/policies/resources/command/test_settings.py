"""Settings from the command line and from the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.resources.command.errors import OptionError
from policies.resources.command.settings import Given, settle_settings
from policies.resources.findings.severity import Severity

NOTHING = Given()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program's folder inside a repository."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    folder = tmp_path / "repo" / "infra"
    folder.mkdir()
    return folder


def test_without_a_configuration_everything_counts(project: Path) -> None:
    """No check is left out, and nothing makes a run fail that was not asked to."""
    settings = settle_settings(NOTHING, None, project)
    assert settings.selection.wants("CKV_AWS_1")
    assert (settings.exit_code, settings.conventions, settings.baseline) == (False, False, None)
    assert (settings.outputs, settings.show) == ((), 10)
    assert (settings.fail_on.severity, settings.fail_on.undecided) == (Severity.LOW, False)


CONFIGURATION = """
check = ["CKV_AWS_*"]
skip-check = ["CKV_AWS_18, CKV_AWS_21"]
fail-on = ["high", "undecided"]
exit-code = true
conventions = true
baseline = "known.json"
output = ["sarif=check.sarif"]
show = 3
"""


@pytest.mark.parametrize("place", ["myelin-check.toml", "pyproject.toml", "../myelin-check.toml"])
def test_every_key_is_read(project: Path, place: str) -> None:
    """A file of its own and a section of pyproject.toml say the same, in the program's folder or above it."""
    section = "[tool.myelin-check]" if place.startswith("py") else ""
    (project / place).write_text(section + CONFIGURATION, encoding="utf-8")
    settings = settle_settings(NOTHING, None, project)
    wanted = [one for one in ("CKV_AWS_18", "CKV_AWS_2", "CKV2_AWS_6") if settings.selection.wants(one)]
    assert wanted == ["CKV_AWS_2"]
    assert (settings.fail_on.severity, settings.fail_on.undecided) == (Severity.HIGH, True)
    assert (settings.exit_code, settings.conventions, settings.show) == (True, True, 3)
    assert settings.baseline is not None
    assert settings.baseline.resolve() == (project / place).resolve().parent / "known.json"
    assert settings.outputs == ("sarif=check.sarif",)


def test_the_command_line_counts_before_the_configuration(project: Path) -> None:
    """What is given replaces what is written; only checks to skip add up."""
    (project / "myelin-check.toml").write_text(CONFIGURATION, encoding="utf-8")
    given = Given(
        check=["CKV2_*"],
        skip_check=["CKV2_AWS_6"],
        fail_on=["low"],
        output=["json"],
        exit_code=False,
        conventions=False,
        baseline=Path("other.json"),
        show=0,
    )
    settings = settle_settings(given, None, project)
    assert settings.selection.only == ("CKV2_*",)
    assert settings.selection.without == ("CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6")
    assert (settings.fail_on.severity, settings.fail_on.undecided) == (Severity.LOW, False)
    assert (settings.conventions, settings.baseline, settings.show) == (False, Path("other.json"), 0)
    assert settings.outputs == ("json",)


def test_saying_on_what_to_fail_is_wanting_to_fail(project: Path) -> None:
    """--fail-on on the command line needs no --exit-code; in the configuration it does."""
    assert settle_settings(Given(fail_on=["high"]), None, project).exit_code
    (project / "myelin-check.toml").write_text('fail-on = ["high"]', encoding="utf-8")
    assert not settle_settings(NOTHING, None, project).exit_code
    assert settle_settings(Given(exit_code=True), None, project).exit_code


def test_the_nearest_configuration_counts(project: Path) -> None:
    """The search ends at the repository's root, and a pyproject.toml without the section is none."""
    (project / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    (project.parent / "myelin-check.toml").write_text("show = 5", encoding="utf-8")
    (project.parent.parent / "myelin-check.toml").write_text("show = 7", encoding="utf-8")
    assert settle_settings(NOTHING, None, project).show == 5
    (project.parent / "myelin-check.toml").unlink()
    assert settle_settings(NOTHING, None, project).show == 10
    other = project / "other.toml"
    other.write_text("show = 9", encoding="utf-8")
    assert settle_settings(NOTHING, other, project).show == 9


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("show = [", "cannot be read"),
        ("skip_check = []", "has the key `skip_check`, which there is not"),
        ('check = "CKV_AWS_1"', "`check` in"),
        ("check = [1]", "`check` in"),
        ('exit-code = "yes"', "`exit-code` in"),
        ("show = -1", "`show` in"),
        ("show = true", "`show` in"),
        ("baseline = 1", "`baseline` in"),
        ('fail-on = ["severe"]', "a run cannot fail on `severe`"),
    ],
)
def test_a_bad_configuration_is_refused(project: Path, content: str, message: str) -> None:
    """A key or value that cannot be meant is named, with what there is."""
    (project / "myelin-check.toml").write_text(content, encoding="utf-8")
    with pytest.raises(OptionError) as failure:
        settle_settings(NOTHING, None, project)
    assert message in failure.value.message
    assert failure.value.hint


def test_a_section_that_is_no_table(project: Path) -> None:
    """It is refused like any other mistake."""
    (project / "pyproject.toml").write_text("[tool]\nmyelin-check = 3\n", encoding="utf-8")
    with pytest.raises(OptionError, match="is no table"):
        settle_settings(NOTHING, None, project)
