"""What people can get wrong: one message with its place, a hint, the right exit code, and nothing changed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.end_to_end.mistakes import AXON, MISTAKES, ORBIT, Mistake
from tests.support.end_to_end.project import MYELIN, ProjectCopy
from tests.support.paths import ROOT


@pytest.fixture
def written(tmp_path: Path, archives: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProjectCopy]:
    """A copy to be run in this process, where it starts nothing: what is wrong is found before."""
    copy = ProjectCopy(tmp_path / "project", archives)
    monkeypatch.setenv("MYELIN_SANDBOX_DIR", str(copy.sandbox))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    yield copy
    assert copy.processes() == []
    assert not copy.sandbox.exists()


def refused(project: ProjectCopy, *arguments: str) -> str:
    """What a command that ends with 2 says on stderr; on stdout it says nothing."""
    ran = CliRunner().invoke(app, [*arguments, "--project", str(project.root)])
    assert (ran.exit_code, ran.stdout) == (2, ""), ran.output
    return ran.stderr


def make(project: ProjectCopy, mistake: Mistake) -> None:
    """Write the mistake down."""
    if mistake.old:
        project.edit(mistake.file, mistake.old, mistake.new)
    else:
        path = project.path(mistake.file)
        path.write_text(path.read_text(encoding="utf-8") + mistake.new, encoding="utf-8")


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_in_a_file_is_named_with_its_place(
    written: ProjectCopy, mistake: Mistake, command: str
) -> None:
    """Exit 2, file and line, what is wrong, what to do; nothing is started or written."""
    make(written, mistake)
    assert refused(written, command) == (
        f"error: {written.path(mistake.file)}{mistake.line}: {mistake.message}\n"
        f"hint:  {mistake.hint.format(root=written.root)}\n"
    )


def test_mistake_as_json(written: ProjectCopy) -> None:
    """With --json, stdout has the same as one document."""
    make(written, MISTAKES["two services on one port"])
    ran = CliRunner().invoke(app, ["up", "--json", "--project", str(written.root)])
    assert ran.exit_code == 2
    assert json.loads(ran.stdout) == {
        "error": {
            "message": "`axon` and `orbit` both use port `8081`",
            "hint": f"choose another one, see {written.path(AXON)}:3",
            "where": f"{written.path(ORBIT)}:3",
            "exit_code": 2,
        }
    }


@pytest.mark.parametrize("command", ["up", "preview", "status"])
def test_unknown_environment(written: ProjectCopy, command: str) -> None:
    """An environment without stack files is refused, and those that there are are listed."""
    assert refused(written, command, "nosuch") == (
        "error: there is no environment `nosuch`\n"
        "hint:  environments here are `dev`, `prod`, `sandbox`, `staging`: each has files "
        f"{written.root}/stacks/config/Pulumi.NAME-LAYER.yaml\n"
    )


@pytest.mark.parametrize("command", ["up", "preview"])
def test_endpoint_that_is_not_loopback(
    written: ProjectCopy, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that points AWS clients elsewhere is refused: the sandbox is never for AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    assert refused(written, command) == (
        "error: the endpoint `https://example.com` is not on the loopback interface\n"
        "hint:  the sandbox only talks to this machine; to deploy to AWS run `pulumi up`\n"
    )


def test_port_that_can_not_be_one(written: ProjectCopy) -> None:
    """A flag with a value out of its range is named."""
    assert "Invalid value for '--port'" in refused(written, "up", "--port", "70000")


def test_folder_without_a_project(tmp_path: Path) -> None:
    """Run outside of a project, as a shell would: exit 2, one message, no trace."""
    ran = subprocess.run([MYELIN, "up"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"error: no `Pulumi.yaml` in `{tmp_path}` or above it\n"
        "hint:  run this inside a checkout, or give --project DIR\n"
    )


def test_unknown_stack_under_pulumi(tmp_path: Path) -> None:
    """`pulumi up -s` with a stack that has no file is told which there are; Pulumi shows a RunError so."""
    ran = subprocess.run(
        [
            sys.executable,
            ROOT / "tests" / "support" / "recording" / "as_pulumi.py",
            ROOT,
            "nosuch-foundation",
            "{}",
        ],
        cwd=ROOT / "stacks",
        env={**os.environ, "PULUMI_CONFIG": "{}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "pulumi.errors.RunError: there is no stack `nosuch-foundation`: stacks are dev-foundation, "
        "dev-platform, dev-workloads, prod-foundation, prod-platform, prod-workloads, sandbox-foundation, "
        "sandbox-platform, sandbox-workloads, staging-foundation, staging-platform, staging-workloads"
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of the loopback interface that somebody listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.mark.sandbox
@pytest.mark.parametrize("flag", ["--port", "--emulator-port"])
def test_port_in_use(project: ProjectCopy, flag: str, taken: int) -> None:
    """A port that is taken is named, and no sandbox is left running."""
    ran = project.myelin("up", flag, str(taken), json=False, check=False)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"error: `{flag} {taken}`: the port is in use\n"
        f"hint:  choose another one, or leave `{flag}` out and a free one is taken\n"
    )
    assert project.processes() == []
    assert not (project.sandbox / "host.json").exists()


@pytest.mark.sandbox
@pytest.mark.xdist_group("deployed")
def test_other_port_of_a_running_sandbox(deployed: ProjectCopy, taken: int) -> None:
    """A port that a running sandbox does not have is refused, not forgotten."""
    endpoint = deployed.host.endpoint
    ran = deployed.myelin("up", "--emulator-port", str(taken), json=False, check=False)
    assert ran.code == 2
    assert ran.stderr == (
        f"error: the sandbox runs already, at `{endpoint}`, so `--emulator-port {taken}` cannot be had\n"
        "hint:  leave `--emulator-port` out, or run `myelin down` first\n"
    )


@pytest.mark.sandbox
@pytest.mark.xdist_group("deployed")
def test_state_that_can_not_be_read(deployed: ProjectCopy) -> None:
    """A corrupt state file without a copy is named, with the way out; it stays, and so does all else."""
    states = deployed.sandbox / "stacks" / deployed.host.incarnation
    state, mark = states / "sandbox-platform.json", states / "sandbox.fingerprint"
    copy = state.with_suffix(".bak")
    whole, fingerprint = state.read_bytes(), mark.read_bytes()
    state.write_text("{", encoding="utf-8")
    copy.unlink()
    # else `up` would not look at what it has deployed
    mark.unlink()
    before = _listing(deployed.sandbox)
    processes = deployed.processes()
    try:
        for command in ("up", "status"):
            ran = deployed.myelin(command, json=False, check=False)
            assert (ran.code, ran.stdout) == (1, "")
            *_, error, hint = ran.stderr.splitlines()
            place = state.relative_to(deployed.root)
            assert error.startswith(f"error: {place}: the state file cannot be read: Expecting property name")
            assert hint == "hint:  run `myelin down` to start from nothing"
            assert "Traceback" not in ran.stderr
        assert state.read_text(encoding="utf-8") == "{"
        assert _listing(deployed.sandbox) == before
        assert deployed.processes() == processes
    finally:
        state.write_bytes(whole)
        copy.write_bytes(whole)
        mark.write_bytes(fingerprint)


def _listing(folder: Path) -> set[str]:
    """The files of a sandbox but for the lock, and for modules that a function compiles as it runs."""
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in files if "__pycache__" not in path.parts} - {"up.lock"}
