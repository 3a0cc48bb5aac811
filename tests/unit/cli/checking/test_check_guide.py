"""docs/check.md, carried out: its program and its commands, in an empty folder, as somebody new would."""

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
from typer.testing import CliRunner

from cli.main import app
from policies.resources.findings.suppressions import suppressions_in
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
MYELIN = f"""\
#!{sys.executable}
# notes what it was asked, for the test to do in a process that has imported checkov
import json, sys
with open("asked", "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
"""


def blocks(language: str) -> list[str]:
    """The guide's blocks in a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the guide's program, as the working folder, and commands of the guide's names."""
    (tmp_path / "__main__.py").write_text(blocks("python")[0], encoding="utf-8")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in {"pulumi": PULUMI, "myelin": MYELIN}.items():
        (commands / name).write_text(text, encoding="utf-8")
        (commands / name).chmod(0o755)
    shutil.copy(tmp_path / "__main__.py", commands / "program.py")
    write_preview(tmp_path / "__main__.py", commands / "preview.json")
    write_export(tmp_path / "__main__.py", commands / "stack.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def carried_out(commands: str) -> Iterator[str]:
    """Run a block of commands; gives what each `myelin` among them prints."""
    asked = Path("asked")
    asked.unlink(missing_ok=True)
    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], check=True)
    for line in asked.read_text(encoding="utf-8").splitlines():
        result = CliRunner().invoke(app, json.loads(line))
        assert result.exit_code == 0, (line, result.output)
        yield result.stdout


def test_the_guide_can_be_followed(shop: Path) -> None:
    """Each command of the guide works in its order, on plain pulumi_aws resources, without any component."""
    load()
    shown = "".join(text for commands in blocks("sh") for text in carried_out(commands))
    expected = [line for line in blocks("")[0].splitlines() if ": CKV" in line or "__main__.py" in line]
    assert len(expected) == 4
    assert [line for line in expected if line not in shown] == []
    found = json.loads((shop / "check.json").read_text(encoding="utf-8"))
    assert found["failed"] == []
    assert len(found["baseline"]) > 3
    assert (shop / "check.sarif").exists()
    assert (shop / "check.xml").exists()


def test_the_example_of_a_suppression_is_one() -> None:
    """The comment in the guide is read as what the guide says."""
    (found,) = suppressions_in(blocks("python")[1], "app.py")
    assert isinstance(found, Suppression)
    assert found.checks == ("CKV_AWS_338",)
    assert found.stacks == ("dev-*", "sandbox-*")
    assert found.reason.endswith("the setting's default is 365 days")


def test_the_guide_lists_every_rule() -> None:
    """The table of rules has each id with its policy's name and whom it holds for."""
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:4])
        for line in GUIDE.splitlines()
        if line.startswith("| CKV_MYELIN")
    }
    assert rows == {(rule.id, rule.name, rule.reach.value) for rule in RULES}
