"""The command as people run it: several files, standard input, choices, failures. CHK-1"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from policies.resources.command.errors import OptionError
from policies.resources.command.finish import source_paths
from policies.resources.command.main import app, explain
from policies.resources.command.outputs import Format, parse_outputs
from policies.resources.command.run import check as run_checks
from policies.resources.command.targets import from_documents
from policies.resources.graph.values import Location
from policies.resources.scanning.checkov_runner import load
from policies.resources.scanning.errors import CheckovMissingError
from tests.support.paths import ROOT
from tests.support.resources.documents import export, preview, state, step

pytestmark = pytest.mark.xdist_group("checkov")
BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"
TOPIC = "aws:sns/topic:Topic"


@pytest.fixture(scope="module", autouse=True)
def checkov() -> None:
    """Imports checkov before the output is captured."""
    load()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def found(*arguments: str, stdin: bytes | None = None) -> Any:
    result = run(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def renamed(document: Path, old: str, new: str) -> Path:
    document.write_text(document.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return document


def test_several_files_are_one_plan(folder: Path) -> None:
    """What one stack makes and another uses is connected; each finding is of its own stack."""
    preview(folder / "a.json", step(BUCKET, "b", inputs={"bucket": "logs-1"}))
    more = {"bucket": "logs-1", "versioningConfiguration": {"status": "Enabled"}}
    renamed(
        preview(folder / "b.json", step(VERSIONING, "v", inputs=more)), "urn:pulumi:dev::", "urn:pulumi:ops::"
    )
    alone = {item["check"] for item in found("--preview", "a.json")["failed"]}
    both = found("--preview", "a.json", "--preview", "b.json")
    assert "CKV_AWS_21" in alone
    assert "CKV_AWS_21" not in {item["check"] for item in both["failed"]}
    assert [stack["stack"] for stack in both["stacks"]] == ["dev", "ops"]
    assert {item["stack"] for item in both["failed"]} == {"dev"}


def test_stacks_that_are_called_alike(folder: Path) -> None:
    """Those of two projects are told apart by the project; the same one twice is refused."""
    preview(folder / "a.json", step(TOPIC, "t"))
    export(folder / "b.json", state(TOPIC, "t"))
    renamed(folder / "b.json", "::shop::", "::bank::")
    both = found("--preview", "a.json", "--export", "b.json")
    assert {item["stack"] for item in both["failed"]} == {"shop/dev", "bank/dev"}
    with pytest.raises(OptionError, match="are both of the stack `dev`"):
        from_documents([Path("a.json"), Path("a.json")], [], program=None, conventions=False)


def test_standard_input(folder: Path) -> None:
    """A document can be piped in, in any encoding; two cannot."""
    content = preview(folder / "a.json", step(TOPIC, "t")).read_text(encoding="utf-8")
    piped = found("--preview", "-", stdin=content.encode("utf-16"))
    assert [item["check"] for item in piped["failed"]] == ["CKV_AWS_26"]
    result = run("--preview", "-", "--export", "-", stdin=b"{}")
    assert isinstance(result.exception, OptionError)


def test_checks_can_be_chosen_and_left_out(folder: Path) -> None:
    """By id or pattern; an id that there is not is refused."""
    preview(folder / "a.json", step(BUCKET, "b"))
    only = found("--preview", "a.json", "--check", "CKV_AWS_18,CKV2_AWS_*", "--skip-check", "CKV2_AWS_6")
    assert {item["check"] for item in only["failed"]} == {"CKV_AWS_18", "CKV2_AWS_61", "CKV2_AWS_62"}
    result = run("--preview", "a.json", "--check", "CKV_AWS_00")
    assert isinstance(result.exception, OptionError)
    assert result.exception.message == "there is no check `CKV_AWS_00`"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--exit-code",), 3),
        (("--exit-code", "--fail-on", "critical"), 0),
        (("--fail-on", "low"), 3),
        (("--fail-on", "high,undecided"), 3),
        (("--fail-on", "critical,undecided"), 3),
        (("--exit-code", "--skip-check", "*"), 0),
    ],
)
def test_exit_codes(folder: Path, options: tuple[str, ...], code: int) -> None:
    """3 only where it is wanted, and from the severity that is wanted on."""
    unknown = {"kmsMasterKeyId": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    preview(folder / "a.json", step(TOPIC, "t"), step(TOPIC, "u", inputs=unknown))
    assert run("--preview", "a.json", *options).exit_code == code


def test_the_configuration_of_the_program_counts(folder: Path) -> None:
    """It is looked for where the program lies."""
    program = folder / "infra"
    program.mkdir()
    (program / "myelin-check.toml").write_text('skip-check = ["CKV_AWS_26"]\nexit-code = true')
    preview(folder / "a.json", step(TOPIC, "t"))
    assert run("--preview", "a.json", "--exit-code").exit_code == 3
    assert run("--preview", "a.json", "--program", "infra").exit_code == 0


def test_a_baseline_is_not_judged_by_a_part(folder: Path) -> None:
    """Where unchanged resources are left out, no entry of the baseline counts as mended."""
    preview(folder / "all.json", step(TOPIC, "t"), step(TOPIC, "u"))
    assert run("--preview", "all.json", "--write-baseline", "known.json").exit_code == 0
    preview(folder / "part.json", step(TOPIC, "t", op="update"))
    part = found("--preview", "part.json", "--baseline", "known.json")
    assert part["settled"] == []
    assert [item["name"] for item in part["baseline"]] == ["t"]
    preview(folder / "one.json", step(TOPIC, "t"))
    one = found("--preview", "one.json", "--baseline", "known.json")
    assert len(one["settled"]) == 1
    assert (
        found("--preview", "one.json", "--baseline", "known.json", "--skip-check", "CKV_AWS_26")["settled"]
        == []
    )


def test_nothing_to_judge_needs_no_checkov(folder: Path) -> None:
    """It is not even imported."""
    preview(folder / "a.json", step("random:index/randomId:RandomId", "r"))

    def missing() -> Any:
        raise CheckovMissingError("not there")

    report = run_checks(
        lambda: from_documents([Path("a.json")], [], program=None, conventions=False),
        missing,
        baseline=None,
        today=date(2026, 11, 22),
    )
    assert not report.judged
    assert report.clean


def test_paths_are_those_of_the_repository(folder: Path) -> None:
    """The root is where `.git` is, or the program's own folder."""
    program = folder / "infra" / "aws"
    program.mkdir(parents=True)
    assert source_paths(program).place(Location(path="a.py", line=1)).path == "a.py"
    (folder / ".git").mkdir()
    assert source_paths(program).place(Location(path="a.py", line=1)).path == "infra/aws/a.py"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["yaml"], "there is no output `yaml`"),
        (["json="], "`--output json=` names no file"),
        (["json", "sarif"], "`json` and `sarif` cannot both go to stdout"),
    ],
)
def test_outputs_that_cannot_be_meant(given: list[str], message: str) -> None:
    """Each is refused with what there is."""
    with pytest.raises(OptionError) as failure:
        parse_outputs(given)
    assert failure.value.message == message


def test_stdout_keeps_the_text() -> None:
    """Where every other form goes into a file."""
    assert [output.format for output in parse_outputs(["json=a", "sarif=b"])] == [
        Format.TEXT,
        Format.JSON,
        Format.SARIF,
    ]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OptionError("not that", hint="this"), 2, ["error: not that", "hint:  this"]),
        (CheckovMissingError("none"), 1, ["error: checkov cannot be used: none", "hint:  "]),
        (KeyError("x"), 1, ["error: unexpected KeyError: 'x'", "MYELIN_DEBUG=1"]),
    ],
)
def test_failures_are_messages(
    error: Exception, code: int, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong and what to do about it go to stderr; bad input exits 2, all else 1."""
    assert explain(error) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert all(part in shown.err for part in said)


@pytest.mark.parametrize("arguments", [[], ["--preview", "none.json"], ["--fail-on", "x", "--preview", "a"]])
def test_the_process_ends_without_a_trace(folder: Path, arguments: list[str]) -> None:
    """Run as a module, as an installed command is."""
    ended = subprocess.run(
        [sys.executable, "-m", "policies.resources", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert "hint:  " in ended.stderr
    assert "Traceback" not in ended.stderr
