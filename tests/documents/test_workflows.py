"""The workflows call what a person can run, pin what they use, and are allowed only what they need. DEL-5."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.commands import COMMANDS
from tests.support.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
PINNED = re.compile(r"^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def read(path: Path) -> dict[str, Any]:
    """A workflow as a value."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job with where it is."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.name}: {name}", job


RUNS = sorted({step["run"].strip() for _, job in jobs() for step in job["steps"] if "run" in step})


def test_there_are_workflows_for_each_part_of_the_way() -> None:
    """Build, security, test and deploy."""
    assert [path.stem for path in WORKFLOWS] == ["build", "deploy", "security", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    """All of the SHA, with the version as a comment: a tag can be moved."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert [line for line in lines if not PINNED.match(line)] == []


def test_an_action_has_one_version() -> None:
    """Two pins of one action would be one that was forgotten."""
    used: dict[str, set[str]] = {}
    for _, job in jobs():
        for step in job["steps"]:
            name, _, commit = step.get("uses", "").partition("@")
            used.setdefault(name, set()).add(commit)
    assert {name: commits for name, commits in used.items() if len(commits) > 1} == {}


def test_jobs_are_allowed_what_they_need() -> None:
    """Nothing by default; no job writes to the repository; only one that speaks to AWS gets an identity."""
    assert all(read(path)["permissions"] == {} for path in WORKFLOWS)
    for where, job in jobs():
        allowed = job["permissions"]
        assert allowed.pop("contents") == "read", where
        uses = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
        expected = {
            **({"id-token": "write"} if "aws-actions/configure-aws-credentials" in uses else {}),
            **({"security-events": "write"} if "github/codeql-action/upload-sarif" in uses else {}),
        }
        assert allowed == expected, where
        assert job["timeout-minutes"] <= 120, where


@pytest.mark.parametrize("run", RUNS)
def test_every_command_exists(run: str) -> None:
    """Each is one target of the Makefile, or one command of `myelin`: what a person can run as well."""
    words = [word for word in run.split(">>", maxsplit=1)[0].split() if not word.startswith("-")]
    if words[0] == "make":
        assert set(words[1:]) <= set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    else:
        assert words[0] == ".venv/bin/myelin"
        assert {" ".join(words[1:2]), " ".join(words[1:3])} & COMMANDS.keys()


NEEDS_NO_CLOUD = {
    "make --silent list-services": {},
    "make --silent image-tags": {"REPOSITORY": "registry.example/dev/orbit"},
    "make notify": {"WHAT": "nothing", "WEBHOOK": ""},
    "make --silent github-rules": {"REPOSITORY": "owner/name", "DRY_RUN": "1"},
    "make sast": {},
}


@pytest.mark.parametrize("command", NEEDS_NO_CLOUD)
def test_what_needs_no_cloud_runs(command: str) -> None:
    """The small ones; `make check`, `test`, `coverage`, `up` and `rehearse-deploy` are run by themselves."""
    environment = {**os.environ, **NEEDS_NO_CLOUD[command]}
    ran = subprocess.run(
        command.split(), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    if "list-services" in command:
        assert json.loads(ran.stdout.removeprefix("names=")) == sorted(
            path.parent.name for path in (ROOT / "services").glob("*/service.toml")
        )
    if "image-tags" in command:
        assert re.match(r"tags=registry\.example/dev/orbit:[0-9a-f]{40}(,|$)", ran.stdout)


def test_what_has_to_pass_is_what_runs() -> None:
    """The status checks of the ruleset are names of jobs that run on every pull request."""
    ruleset = json.loads((ROOT / ".github" / "rulesets" / "main.json").read_text(encoding="utf-8"))
    rules = {rule["type"]: rule.get("parameters", {}) for rule in ruleset["rules"]}
    names = {job["name"] for _, job in jobs()}
    asked = {check["context"] for check in rules["required_status_checks"]["required_status_checks"]}
    assert asked <= names
    assert rules["pull_request"]["required_approving_review_count"] == 1
    assert {"deletion", "non_fast_forward"} <= rules.keys()


def test_every_environment_of_a_workflow_has_a_file() -> None:
    """Its gate is kept beside the code; production waits, and nobody approves what they started."""
    folder = ROOT / ".github" / "environments"
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    written = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    assert "options: [dev, staging, prod]" in written
    assert files.keys() == {"dev", "staging", "prod", "registry"}
    assert files["prod"]["prevent_self_review"] is True
    assert all(file["deployment_branch_policy"]["protected_branches"] for file in files.values())


def test_zizmor_finds_nothing() -> None:
    """Of medium severity or above."""
    ran = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", "--min-severity", "medium", ".github/workflows"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.skipif(
    shutil.which("actionlint", path=str(BIN)) is None, reason="`make actionlint` installs it, by go"
)
def test_actionlint_finds_nothing() -> None:
    """Neither in the workflows nor in their expressions."""
    ran = subprocess.run([BIN / "actionlint"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
