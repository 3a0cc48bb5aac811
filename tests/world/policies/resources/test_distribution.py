"""`myelin-check` as others install it: the built wheel, in empty environments, beside a project of their
own. CHK-2
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.support.effort import LONG
from tests.support.paths import ROOT
from tests.support.resources.documents import preview, step

pytestmark = pytest.mark.xdist_group("distribution")
MEGABYTE = 1024**2
installing = pytest.mark.skipif(not LONG, reason="installs from the package index: make test-long")
NOT_NEEDED = frozenset({"pulumi", "pulumi-aws", "moto", "cedarpy", "myelin", "boto3-stubs"})


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    source = ROOT / "policies" / "resources"
    command = [find_uv_bin(), "build", "--quiet", "--wheel", str(source), "--out-dir", str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with folders that are called as ours, which must not be imported."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("cli", "policies", "stacks", "findings", "graph", "command"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    preview(folder / "preview.json", step("aws:sns/topic:Topic", "news"))
    return folder


@pytest.fixture(scope="module")
def environment(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that was empty, with the wheel and what it asks for, by a plain resolve."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(folder)]
    subprocess.run([*command, "--find-links", str(wheels), "myelin-check"], check=True, cwd=folder)
    return folder


@pytest.mark.costly("builds the wheel")
def test_the_wheel_holds_the_tool_alone(wheels: Path) -> None:
    """One top-level name beside what describes it, with the checks for checkov and both ways to start it, and
    nothing of what keeps the tables up to date.
    """
    (wheel,) = wheels.glob("myelin_check-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        scripts = archive.read(points).decode()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"myelin_check"}
    assert {"myelin_check/__main__.py", "myelin_check/checkov/platform_checks.py"} <= names
    assert not [name for name in names if name.startswith("myelin_check/maintenance")]
    assert "myelin-check = myelin_check." in scripts


def plain_environment(**more: str) -> dict[str, str]:
    """The variables of a shell that knows nothing of this project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    return {**kept, **more}


@installing
@pytest.mark.parametrize("how", ["script", "module"])
def test_it_runs_beside_a_project_of_the_same_names(environment: Path, project: Path, how: str) -> None:
    """The command and the module find the program's file and import nothing of the project."""
    command = {
        "script": [str(environment / "bin" / "myelin-check")],
        "module": [str(environment / "bin" / "python"), "-m", "myelin_check"],
    }[how]
    ended = subprocess.run(
        [*command, "--preview", "preview.json", "--json", "--exit-code"],
        cwd=project,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    assert [item["check"] for item in json.loads(ended.stdout)["failed"]] == ["CKV_AWS_26"]
    assert ended.stderr == ""


@installing
def test_it_brings_what_it_needs_and_no_more(environment: Path) -> None:
    """A checkov that is new enough, none of Pulumi and the sandbox, no more than 350 MB, and one top-
    level name.
    """
    listed = subprocess.run(
        [find_uv_bin(), "pip", "list", "--format", "json", "--python", str(environment)],
        check=True,
        capture_output=True,
        text=True,
    )
    versions = {item["name"]: item["version"] for item in json.loads(listed.stdout)}
    assert tuple(map(int, versions["checkov"].split("."))) >= (3, 3, 30)
    assert not NOT_NEEDED & versions.keys()
    size = sum(path.lstat().st_size for path in environment.rglob("*") if path.is_file())
    assert size < 350 * MEGABYTE
    (record,) = environment.glob("lib/*/site-packages/myelin_check-*.dist-info/RECORD")
    tops = {line.partition("/")[0] for line in record.read_text(encoding="utf-8").splitlines()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"myelin_check", ".."}
    assert not list(environment.glob("lib/*/site-packages/myelin_check/maintenance"))


@installing
def test_its_other_forms_work_where_it_is_installed(environment: Path, tmp_path: Path) -> None:
    """Checkov finds the checks in the installed folder, whatever that is called."""
    (package,) = environment.glob("lib/*/site-packages/myelin_check")
    program = (
        "from checkov.terraform.checks.resource.registry import resource_registry as r\n"
        f"r.load_external_checks({str(package / 'checkov')!r})\n"
        "print(r.get_check_by_id('CKV_MYELIN_18') is not None)\n"
    )
    ran = subprocess.run(
        [str(environment / "bin" / "python"), "-P", "-c", program],
        cwd=tmp_path,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip().endswith("True")


def installations() -> Iterator[str]:
    """The commands of the guide that install it."""
    guide = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```sh install\n(.*?)^```$", guide, flags=re.DOTALL | re.MULTILINE)
    yield from block.splitlines()


@installing
@pytest.mark.parametrize("command", list(installations()))
def test_the_guides_commands_install_it(command: str, wheels: Path, tmp_path: Path) -> None:
    """pip, pipx and uvx take the wheel as they would from an index, and the command runs."""
    tools = tmp_path / "tools"
    subprocess.run(
        [find_uv_bin(), "venv", "--quiet", "--seed", "--python", sys.executable, str(tools)], check=True
    )
    if command.startswith("pipx"):
        subprocess.run([str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", "pipx"], check=True)
    paths = (tmp_path / "bin", tools / "bin", Path(find_uv_bin()).parent, "/usr/bin", "/bin")
    variables = plain_environment(
        PATH=os.pathsep.join(map(str, paths)),
        PIP_FIND_LINKS=str(wheels),
        PIP_QUIET="1",
        PIPX_HOME=str(tmp_path / "pipx"),
        PIPX_BIN_DIR=str(tmp_path / "bin"),
        UV_FIND_LINKS=str(wheels),
    )
    subprocess.run(["bash", "-euc", command], cwd=tmp_path, env=variables, check=True, capture_output=True)
    if not command.startswith("uvx"):
        shown = subprocess.run(
            ["bash", "-euc", "myelin-check --help"],
            cwd=tmp_path,
            env=variables,
            check=True,
            capture_output=True,
            text=True,
        )
        assert "--fail-on" in shown.stdout
