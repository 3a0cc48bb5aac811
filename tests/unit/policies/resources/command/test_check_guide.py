"""docs/check.md, carried out: its program, its commands and its files, in an empty folder, as somebody
new would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pre_commit.clientlib import load_manifest  # type: ignore[import-untyped]
from typer.testing import CliRunner

from policies.resources.command.main import app
from policies.resources.command.settings import Given, settle_settings
from policies.resources.findings.suppressions import brackets, python
from policies.resources.findings.values import Suppression
from policies.resources.guardrails.catalogue import RULES
from policies.resources.scanning.checkov_runner import load
from tests.support.checking.previewed import write_export, write_preview
from tests.support.paths import ROOT

pytestmark = pytest.mark.xdist_group("checkov")
GUIDE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
PULUMI = """\
#!/bin/sh
# stands in for the Pulumi command: gives what was prepared for the program, as long as it is that program
cmp --quiet __main__.py "${0%/*}/program.py" && cat "${0%/*}/$1.json"
"""
MYELIN_CHECK = f"""\
#!{sys.executable}
# notes what it was asked and given, for the test to do in a process that has imported checkov
import json, sys
given = sys.stdin.read() if "-" in sys.argv else ""
with open("asked", "a") as file:
    print(json.dumps([sys.argv[1:], given]), file=file)
"""
PIPX = "#!/bin/sh\n"


def blocks(kind: str) -> list[str]:
    """The guide's blocks of a kind."""
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == kind]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the guide's program, as the working folder, and commands of the guide's names."""
    load()
    (tmp_path / "__main__.py").write_text(blocks("python")[0], encoding="utf-8")
    (tmp_path / "rules.py").write_text(blocks("python rules")[0], encoding="utf-8")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in {"pulumi": PULUMI, "myelin-check": MYELIN_CHECK, "pipx": PIPX}.items():
        (commands / name).write_text(text, encoding="utf-8")
        (commands / name).chmod(0o755)
    shutil.copy(tmp_path / "__main__.py", commands / "program.py")
    write_preview(tmp_path / "__main__.py", commands / "preview.json")
    write_export(tmp_path / "__main__.py", commands / "stack.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def carried_out(commands: str, codes: tuple[int, ...] = (0,)) -> Iterator[str]:
    """Run a block of commands; gives what each `myelin-check` among them prints."""
    asked = Path("asked")
    asked.unlink(missing_ok=True)
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], check=True)
    for line in asked.read_text(encoding="utf-8").splitlines():
        arguments, given = json.loads(line)
        result = CliRunner().invoke(app, arguments, input=given)
        assert result.exit_code in codes, (line, result.output, result.exception)
        yield result.stdout


def test_the_guide_can_be_followed(shop: Path) -> None:
    """Each command of the guide works in its order, on plain pulumi_aws resources, without any component."""
    shown = [text for commands in blocks("sh") for text in carried_out(commands)]
    examples = blocks("")[0].split("\n\n")
    assert len(examples) == 2
    assert [example.strip() for example in examples if example.strip() not in shown[0]] == []
    assert shown[1] == shown[0]
    found = json.loads((shop / "check.json").read_text(encoding="utf-8"))
    assert found["failed"] == []
    assert len(found["baseline"]) > 3
    assert (shop / "check.sarif").exists()
    assert (shop / "check.xml").exists()
    assert "SHOP_1 Ensure that topics begin with shop-" in shown[-1]
    assert "`name` is `None`" in shown[-1]


def test_the_workflow_does_what_it_says(shop: Path) -> None:
    """Its steps write the report that the last one uploads, and fail on what is wanted."""
    workflow = yaml.safe_load(blocks("yaml workflow")[0])
    steps = workflow["jobs"]["check"]["steps"]
    commands = "\n".join(step["run"] for step in steps if "run" in step)
    list(carried_out(commands, codes=(3,)))
    upload = steps[-1]
    assert "upload-sarif" in upload["uses"]
    assert json.loads(Path(upload["with"]["sarif_file"]).read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert workflow["permissions"]["security-events"] == "write"


def test_the_hook_runs_before_a_commit(shop: Path) -> None:
    """pre-commit takes the configuration, and runs the command as it is written there."""
    Path("preview.json").write_text((shop / "bin" / "preview.json").read_text(encoding="utf-8"))
    Path(".pre-commit-config.yaml").write_text(blocks("yaml pre-commit")[0], encoding="utf-8")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(shop / "cache")}
    for command in (
        ["git", "init", "--quiet", "."],
        ["git", "add", "--all"],
        [sys.executable, "-m", "pre_commit", "run"],
    ):
        subprocess.run(command, cwd=shop, env=environment, check=True, capture_output=True)
    arguments, _ = json.loads(Path("asked").read_text(encoding="utf-8"))
    assert CliRunner().invoke(app, arguments).exit_code == 3


def test_the_hooks_of_this_repository() -> None:
    """The manifest is one, and its commands have the options that there are."""
    hooks = {hook["id"]: hook for hook in load_manifest(ROOT / ".pre-commit-hooks.yaml")}
    assert hooks.keys() == {"myelin-check", "myelin-check-preview"}
    assert all(f"`{name}`" in GUIDE for name in hooks)
    known = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    for hook in hooks.values():
        used = re.findall(r"--[a-z-]+", f"{hook['entry'].partition('|')[2]} {' '.join(hook['args'])}")
        assert used
        assert all(option in known for option in used)


def test_the_configuration_is_read(tmp_path: Path) -> None:
    """The example has no key that there is not."""
    (tmp_path / "myelin-check.toml").write_text(blocks("toml")[0], encoding="utf-8")
    settings = settle_settings(Given(), None, tmp_path)
    assert settings.exit_code
    assert not settings.selection.wants("CKV_AWS_119")


def test_the_examples_of_suppressions_are_some() -> None:
    """The comments in the guide are read as what the guide says."""
    (found,) = python.suppressions_in(blocks("python")[1], "app.py")
    assert isinstance(found, Suppression)
    assert found.checks == ("CKV_AWS_338",)
    assert found.stacks == ("dev-*", "sandbox-*")
    assert found.reason.endswith("the setting's default is 365 days")
    (other,) = brackets.suppressions_in(blocks("typescript")[0], "index.ts")
    assert isinstance(other, Suppression)
    assert (other.first, other.last) == (2, 2)


def test_the_guide_lists_every_rule() -> None:
    """The table of rules has each id with its policy's name and whom it holds for."""
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:4])
        for line in GUIDE.splitlines()
        if line.startswith("| CKV_MYELIN")
    }
    assert rows == {(rule.id, rule.name, rule.reach.value) for rule in RULES}
