"""`myelin check` as people run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from policies.resources.scanning.checkov_runner import load
from tests.support.checking.broken import MISTAKES, PROGRAM, line_of
from tests.support.checking.previewed import write_export, write_preview
from tests.support.paths import ROOT
from tests.support.recording.environments import ENVIRONMENTS

pytestmark = pytest.mark.xdist_group("checkov")


@pytest.fixture(scope="module", autouse=True)
def checkov() -> None:
    """Imports checkov before the output is captured."""
    load()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the broken program, its preview and its export, which nobody changes."""
    folder = tmp_path_factory.mktemp("broken")
    program = folder / "__main__.py"
    program.write_text(PROGRAM, encoding="utf-8")
    write_preview(program, folder / "preview.json")
    write_export(program, folder / "export.json")
    return folder


@pytest.fixture
def folder(broken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the broken program's folder, as the working folder."""
    shutil.copytree(broken, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def document(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == (3 if "--exit-code" in arguments else 0), result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def reports(broken: Path) -> dict[str, Any]:
    """The report over the broken program by the option that says how it is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(broken)
        return {
            "--preview": document("--preview", "preview.json"),
            "--export": document("--export", "export.json"),
        }


def checked(*environment: str) -> Any:
    found = CliRunner().invoke(app, ["check", *environment, "--json", "--exit-code", "--project", str(ROOT)])
    assert found.exit_code == 0, found.stdout
    return json.loads(found.stdout)


@pytest.fixture(scope="module")
def own() -> Any:
    """The report over the stacks of one environment."""
    return checked("dev")


@pytest.fixture(scope="module")
def everything() -> Any:
    """The report over the stacks of all environments."""
    return checked()


@pytest.mark.costly("make check does it, too")
def test_the_stacks_of_all_environments_pass(everything: Any) -> None:
    """No check fails on any stack, and more than 150 run in each environment (SHP-7)."""
    assert everything["clean"] is True
    assert everything["failed"] == everything["problems"] == everything["baseline"] == []
    ran: dict[str, int] = {}
    for stack in everything["stacks"]:
        ran[stack["environment"]] = ran.get(stack["environment"], 0) + stack["checks"]
        assert stack["unmapped"] == []
    assert ran.keys() == set(ENVIRONMENTS)
    assert all(count > 150 for count in ran.values()), ran


@pytest.mark.costly("checks all environments")
def test_every_suppression_is_listed_with_its_reason(everything: Any) -> None:
    """What is excused is in the report, with reason and expiry date, and a suppression for each finding."""
    places = {item["place"] for item in everything["suppressions"]}
    for item in everything["suppressions"]:
        assert len(item["reason"].split()) > 4
        assert item["until"]
        assert item["excused"] > 0
    assert {entry["suppression"] for entry in everything["suppressed"]} <= places


def test_findings_of_our_stacks_name_component_and_line(own: Any) -> None:
    """A finding has the URN, the component that it is in, and the file and line that made the resource."""
    entry = next(entry for entry in own["suppressed"] if entry["check"] == "CKV_AWS_150")
    assert entry["component"] == "internal (myelin:balancer:LoadBalancer)"
    assert entry["urn"].startswith(f"urn:pulumi:{entry['stack']}::myelin::myelin:balancer:LoadBalancer$")
    line = (ROOT / entry["path"]).read_text(encoding="utf-8").splitlines()[entry["line"] - 1]
    assert line.strip() == "self.load_balancer = Alb("


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("source", ["--preview", "--export"])
def test_mistakes_are_caught_where_they_are_made(reports: dict[str, Any], source: str, mistake: str) -> None:
    """Each mistake of a broken program is found in the right file and line, whichever way it is read."""
    check, name = MISTAKES[mistake]
    found = [item for item in reports[source]["failed"] if item["check"] == check]
    assert [(item["name"], item["path"], item["line"]) for item in found] == [
        (name, "__main__.py", line_of(mistake))
    ]
    assert found[0]["hint"]
    assert found[0]["title"]


def test_a_finding_names_the_component(reports: dict[str, Any]) -> None:
    """A resource inside a component is told with it, one of the stack itself without."""
    components = {item["name"]: item["component"] for item in reports["--preview"]["failed"]}
    assert components["orders"] == "corner (shop:index:Shop)"
    assert components["front"] is None


def test_the_platforms_conventions_are_for_its_own_stacks(reports: dict[str, Any], folder: Path) -> None:
    """A program without its components is not asked for its tags, unless that is wanted."""
    assert "CKV_MYELIN_1" not in {item["check"] for item in reports["--preview"]["failed"]}
    asked = {item["check"] for item in document("--preview", "preview.json", "--conventions")["failed"]}
    assert "CKV_MYELIN_1" in asked


def test_findings_exit_3_only_when_asked(reports: dict[str, Any], folder: Path) -> None:
    """Without --exit-code a run that found something has done its work: each of `reports` exited 0."""
    assert reports["--preview"]["failed"]
    assert run("--preview", "preview.json", "--exit-code").exit_code == 3


def test_all_reports_come_from_one_run(folder: Path) -> None:
    """Text on stdout, and JSON, SARIF and JUnit into files; all have the same findings."""
    result = run(
        "--preview",
        "preview.json",
        "--output=json=check.json",
        "--output=sarif=check.sarif",
        "--output=junit=check.xml",
    )
    assert result.exit_code == 0, result.output
    found = json.loads(Path("check.json").read_text(encoding="utf-8"))
    count = len(found["failed"])
    assert f"to mend: {count} failed checks" in result.stdout
    (sarif,) = json.loads(Path("check.sarif").read_text(encoding="utf-8"))["runs"]
    assert len(sarif["results"]) == count
    assert len(ElementTree.parse("check.xml").findall(".//failure")) == count


def test_suppressions_beside_the_program_count(folder: Path) -> None:
    """A comment in somebody else's program excuses what it stands beside, and only while it is needed."""
    program = folder / "__main__.py"
    text = (
        "import pulumi_aws as aws\n"
        "# myelin: allow CKV2_AWS_57 until 2999-12-31: rotated by hand each month\n"
        'aws.secretsmanager.Secret("password", kms_key_id="alias/orders")\n'
    )
    program.write_text(text, encoding="utf-8")
    write_preview(program, folder / "preview.json")
    found = document("--preview", "preview.json")
    assert [item["name"] for item in found["suppressed"]] == ["password"]
    assert found["problems"] == []
    program.write_text(text.replace("CKV2_AWS_57", "CKV2_AWS_57, CKV_AWS_149"), encoding="utf-8")
    (problem,) = document("--preview", "preview.json")["problems"]
    assert problem["message"] == "this suppression excuses nothing: CKV_AWS_149 passes here now"
    program.write_text(text.replace("2999-12-31", "2026-01-31"), encoding="utf-8")
    (problem,) = document("--preview", "preview.json")["problems"]
    assert problem["message"] == "this suppression expired on 2026-01-31"


def test_a_baseline_holds_what_is_known(folder: Path) -> None:
    """Failures kept once do not fail again; a new one does, and one that is mended is named."""
    assert run("--preview", "preview.json", "--write-baseline", "known.json").exit_code == 0
    assert run("--preview", "preview.json", "--baseline", "known.json", "--exit-code").exit_code == 0
    program = folder / "__main__.py"
    mended = PROGRAM.replace("enable_key_rotation=False", "enable_key_rotation=True")
    program.write_text(mended + 'aws.sns.Topic("news")\n', encoding="utf-8")
    write_preview(program, folder / "preview.json")
    found = document("--preview", "preview.json", "--baseline", "known.json", "--exit-code")
    assert {item["name"] for item in found["failed"]} == {"news"}
    assert any(entry.startswith("CKV_AWS_7 ") for entry in found["settled"])


def test_a_type_that_can_not_be_mapped_is_listed(folder: Path) -> None:
    """An AWS resource without a Terraform name is in every report, never dropped silently."""
    content = json.loads((folder / "preview.json").read_text(encoding="utf-8"))
    state: dict[str, Any] = {
        "urn": "urn:pulumi:dev::somebody-elses::aws:new/thing:Thing::it",
        "type": "aws:new/thing:Thing",
        "custom": True,
        "inputs": {},
        "sourcePosition": "project:///__main__.py#9,1",
    }
    content["steps"].append({"op": "create", "newState": state})
    Path("more.json").write_text(json.dumps(content), encoding="utf-8")
    files = [f"--output={form}=unmapped.{form}" for form in ("json", "sarif", "junit")]
    result = run("--preview", "more.json", *files)
    assert "__main__.py:9: aws:new/thing:Thing" in result.stdout
    for form in ("json", "sarif", "junit"):
        assert state["urn"] in Path(f"unmapped.{form}").read_text(encoding="utf-8")


def _cut(text: str) -> str:
    return text[: len(text) // 2]


BAD_INPUT = [
    pytest.param(["--preview", "none.json"], None, "cannot be read", id="no file"),
    pytest.param(["--preview", "x.json"], "", "is empty", id="empty"),
    pytest.param(["--preview", "x.json"], "CUT", "ends in the middle", id="truncated preview"),
    pytest.param(["--export", "x.json"], "CUT", "ends in the middle", id="truncated export"),
    pytest.param(["--preview", "x.json"], "[1, 2]", "is not the output of", id="other JSON"),
    pytest.param(["--export", "x.json"], "{}", "is not the output of", id="neither"),
    pytest.param(["--export", "x.json"], "WHOLE", "is the output of `pulumi preview --json`", id="mixed up"),
    pytest.param(["--preview", "-", "--export", "-"], None, "standard input is read once", id="two on stdin"),
    pytest.param(
        ["--preview", "preview.json", "--export", "export.json"],
        None,
        "are both of the stack `dev`",
        id="a stack twice",
    ),
    pytest.param(["--preview", "preview.json", "dev"], None, "exclude each other", id="file and environment"),
    pytest.param(
        ["--preview", "preview.json", "--check", "CKV_AWS_0"],
        None,
        "there is no check `CKV_AWS_0`",
        id="no check",
    ),
    pytest.param(
        ["--preview", "preview.json", "--fail-on", "bad"], None, "cannot fail on `bad`", id="no severity"
    ),
    pytest.param(["dev", "--stack", "dev-platform"], None, "exclude each other", id="environment and stack"),
    pytest.param(["nope"], None, "there is no environment `nope`", id="no environment"),
    pytest.param(["--stack", "dev-nope"], None, "there is no stack `dev-nope`", id="no stack"),
    pytest.param(["--program", "."], None, "--program is for --preview", id="program alone"),
    pytest.param(["--output", "yaml"], None, "there is no output `yaml`", id="no such output"),
    pytest.param(["--output", "json="], None, "names no file", id="output without file"),
    pytest.param(["-o", "junit", "-o", "sarif"], None, "cannot both go to stdout", id="two on stdout"),
    pytest.param(
        ["--preview", "preview.json", "--baseline", "none.json"],
        None,
        "there is no such baseline",
        id="no baseline",
    ),
    pytest.param(
        ["--preview", "preview.json", "-o", "sarif=no/where.sarif"],
        None,
        "the report cannot be written",
        id="no folder for a report",
    ),
]


@pytest.mark.parametrize(("arguments", "content", "message"), BAD_INPUT)
def test_bad_input_is_said_and_exits_2(
    folder: Path, arguments: list[str], content: str | None, message: str
) -> None:
    """What cannot be read is named, with what to do about it; there is no trace and nothing on stdout."""
    whole = (folder / "preview.json").read_text(encoding="utf-8")
    if content is not None:
        text = {"WHOLE": whole, "CUT": _cut(whole)}.get(content, content)
        Path("x.json").write_text(text, encoding="utf-8")
    if not any(argument.startswith("--p") for argument in arguments):
        arguments = [*arguments, "--project", str(ROOT)]
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "hint:" in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_without_checkov_the_command_says_how_to_install_it(folder: Path) -> None:
    """A missing checkov is one message with the command that brings it."""
    code = "import sys; sys.modules['checkov'] = None; from cli.entry import main; main()"
    shown = subprocess.run(
        [sys.executable, "-c", code, "check", "--preview", "preview.json"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 1
    assert "checkov cannot be used" in shown.stderr
    assert "pipx install myelin-check" in shown.stderr
    assert "Traceback" not in shown.stderr
