"""What `myelin doctor` looks at."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from cli import checkup
from cli.checkup import CheckupFinding, Verdict, examine
from cli.project import Project, find_project
from tests.support.paths import ROOT
from tests.support.recording.project_copy import copy_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """What people wrote in this project, in a folder of its own, and nothing that runs."""
    root = tmp_path / "project"
    root.mkdir()
    copy_project(root)
    shutil.copy(ROOT / "services" / "images.toml", root / "services")
    rules = Path("policies", "calls", "rules")
    shutil.copytree(ROOT / rules, root / rules, dirs_exist_ok=True)
    monkeypatch.delenv("MYELIN_SANDBOX_DIR", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return find_project(directory=root)


def found(project: Project) -> dict[str, CheckupFinding]:
    """The findings by what they are about."""
    return {finding.subject: finding for finding in examine(project)}


def test_project_that_is_well(project: Project) -> None:
    """Machine, packages, every environment and the sandbox are looked at, in this order."""
    findings = found(project)
    assert list(findings) == [
        "python",
        *checkup.PACKAGES,
        "uv",
        "disk",
        "AWS_ENDPOINT_URL",
        "environment dev",
        "environment prod",
        "environment sandbox",
        "environment staging",
        "sandbox",
        "records of dev",
        "records of prod",
        "records of sandbox",
        "records of staging",
    ]
    assert {finding.verdict for finding in findings.values()} == {Verdict.OK}
    assert findings["environment dev"].detail == "2 services, 1 calls, 2 policies, settings of 3 layers"
    assert findings["sandbox"].detail == "not running"
    assert findings["records of dev"].detail == "nothing is deployed"


def test_mistake_in_a_file_is_a_finding_with_its_place(project: Project) -> None:
    """One that fails, with what to do; the other checks go on."""
    (project.services / "axon" / "service.toml").write_text("port = 8080\n")
    findings = found(project)
    assert findings["environment dev"].verdict is Verdict.FAILED
    assert "service.toml" in findings["environment dev"].detail
    assert findings["environment dev"].hint
    assert findings["sandbox"].verdict is Verdict.OK


def test_machine_that_lacks_something(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old Python, no uv and an endpoint of the shell's own are told with what to do."""
    monkeypatch.setattr(checkup, "OLDEST_PYTHON", (99, 0))
    monkeypatch.setattr(checkup, "LEAST_DISK", 2**80)
    monkeypatch.setattr(checkup, "PACKAGES", ("no-such-package",))
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    findings = found(project)
    verdicts = {name: findings[name].verdict for name in list(findings)[:5]}
    assert verdicts == {
        "python": Verdict.FAILED,
        "no-such-package": Verdict.FAILED,
        "uv": Verdict.FAILED,
        "disk": Verdict.WARNING,
        "AWS_ENDPOINT_URL": Verdict.WARNING,
    }
    assert all(findings[name].hint for name in verdicts)
