"""The options of a check, as any command has them that takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from policies.resources.command import options
from policies.resources.command.settings import Given, settle_settings

app = typer.Typer(add_completion=False)


@app.command()
def told(
    context: typer.Context,
    *,
    preview: options.PreviewOption = None,
    export: options.ExportOption = None,
    program: options.ProgramOption = None,
    conventions: options.ConventionsOption = None,
    output: options.OutputOption = None,
    baseline: options.BaselineOption = None,
    write_baseline: options.WriteBaselineOption = None,
    exit_code: options.ExitCodeOption = None,
    fail_on: options.FailOnOption = None,
    check: options.CheckOption = None,
    skip_check: options.SkipCheckOption = None,
    rules: options.RulesOption = None,
    show: options.ShowOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Tell what the command was given."""
    typer.echo({name: value for name, value in context.params.items() if value not in (None, ())})


def given(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_what_is_not_given_is_nothing() -> None:
    """No option has a value of its own, and no switch is off, so that the configuration counts."""
    assert given() == (0, "{}\n")


@pytest.mark.parametrize(
    ("argument", "value"),
    [("--conventions", True), ("--no-conventions", False), ("--exit-code", True), ("--no-exit-code", False)],
)
def test_a_switch_can_be_turned_off(argument: str, value: object) -> None:
    """A command line can take back what the configuration turns on."""
    code, output = given(argument)
    assert code == 0
    assert f": {value}" in output


def test_files_and_reports_may_be_several() -> None:
    """In the order that they are given in, with `-` for standard input."""
    code, output = given("--preview", "-", "--preview", "a.json", "-o", "text", "--output", "sarif=a.sarif")
    assert code == 0
    assert output.index("'-'") < output.index("'a.json'")
    assert "['text', 'sarif=a.sarif']" in output


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--program", "none"),
        ("--program", "file"),
        ("--rules", "none"),
        ("--rules", "folder"),
        ("--config", "none"),
        ("--config", "folder"),
        ("--show", "-1"),
        ("--show", "all"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    option: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder for a file, what is not there, and a number below zero: exit 2, and the option is named."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    code, output = given(option, value)
    assert code == 2
    assert option in output


def test_every_key_of_the_configuration_is_an_option(tmp_path: Path) -> None:
    """What a file can say, a command line can say under the same name."""
    names = {parameter.opts[0].removeprefix("--") for parameter in typer.main.get_command(app).params}
    only_here = {"preview", "export", "program", "write-baseline", "config"}
    values = {
        "show": "1",
        "baseline": '"b.json"',
        "exit-code": "true",
        "conventions": "true",
        "fail-on": '["low"]',
    }
    path = tmp_path / "myelin-check.toml"
    assert only_here < names
    lines = [f"{name} = {values.get(name, '[]')}" for name in sorted(names - only_here)]
    path.write_text("\n".join(lines), encoding="utf-8")
    settings = settle_settings(Given(), path, tmp_path)
    assert (settings.show, settings.exit_code, settings.conventions) == (1, True, True)
