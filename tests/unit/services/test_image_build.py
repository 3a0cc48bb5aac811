"""The build stage of the services' Dockerfile, carried out on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.effort import LONG
from tests.support.paths import ROOT

DOCKERFILE = ROOT / "services" / "Dockerfile"
OWN_BYTES = 50_000_000
SERVICE = "axon"
PIP = "python -m pip install --disable-pip-version-check"


def build_stage() -> Iterator[tuple[str, str]]:
    """The instructions of the stage that builds, continued lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stage = re.sub(r"\\\n\s*", "", text).split("\nFROM ")[1]
    for line in stage.splitlines()[1:]:
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest


def carry_out(root: Path) -> None:
    """Run the stage below `root`. For pip stands uv with what it has already, as there is no network."""
    uv = f"{sys.executable} -m uv pip install --offline --quiet --python {sys.executable}"
    for word, rest in build_stage():
        placed = rest.replace("${SERVICE}", SERVICE)
        if word == "RUN":
            command = re.sub(r"--mount=\S+ ", "", placed).replace("/app", f"{root}/app").replace(PIP, uv)
            done = subprocess.run(
                ["sh", "-ec", command.replace("python -m compileall", f"{sys.executable} -m compileall")],
                cwd=root / "build",
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode and "--offline" in command and not (root / "app" / "packages").exists():
                pytest.skip(f"the locked packages are not in uv's cache: {done.stderr.strip()[:200]}")
            assert done.returncode == 0, (command, done.stderr)
        elif word == "COPY":
            source, target = placed.split()
            copy(ROOT / source, root / "build" if target == "./" else root / target.lstrip("/"))
        else:
            assert word in ("ARG", "WORKDIR"), word


def copy(source: Path, target: Path) -> None:
    """As COPY does, without what .dockerignore leaves out."""
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.md", "service.toml", "Dockerfile")
        shutil.copytree(source, target, ignore=ignored)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


@pytest.mark.skipif(not LONG, reason="builds the image's content: make test-long")
def test_what_the_build_makes_is_small_and_runs(tmp_path: Path) -> None:
    """The steps of the stage succeed; what they leave is under 50 MB; from it alone a service is composed,
    and every client of AWS that the runtime makes has its model. ECS-3
    """
    (tmp_path / "build").mkdir()
    carry_out(tmp_path)
    app = tmp_path / "app"
    size = sum(path.stat().st_size for path in app.rglob("*") if path.is_file())
    assert size < OWN_BYTES, f"{size / 1e6:.1f} MB"
    assert not list((app / "packages").rglob("*.py"))
    code = (
        "from services.runtime.serve import load_factory, own_factory\n"
        "from services.runtime.process import aws\n"
        "import services.runtime.telemetry.xray\n"
        f"app = load_factory(own_factory({SERVICE!r}))()\n"
        "for name in ('dynamodb', 'lambda', 'secretsmanager'):\n"
        "  aws.client(name, region='us-east-1', timeouts=aws.Timeouts())\n"
        "print([route.path for route in app.routes])"
    )
    variables = {
        "PYTHONPATH": f"{app}/code:{app}/packages",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MYELIN_SERVICE": SERVICE,
        "MYELIN_ENVIRONMENT": "test",
        "MYELIN_VERSION": "1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "INTENTS": '[{"name": "reason", "safe_to_repeat": true}]',
        "GRANT_KEYS": "arn",
    }
    ran = subprocess.run(
        [os.path.realpath(sys.executable), "-P", "-S", "-c", code],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "['/health', '/openapi.json']\n", ran.stderr


def test_a_build_is_of_the_same_base_each_time() -> None:
    """The base has its digest behind its tag; every other stage is made from it."""
    stages = re.findall(r"^FROM (\S+)(?: AS \S+)?$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert re.fullmatch(r"python:3\.13-slim-\w+@sha256:[0-9a-f]{64}", stages[0])
    assert set(stages[1:]) == {"base"}


@pytest.mark.parametrize("pinned", ["", "@sha256:old"])
def test_the_base_is_pinned_by_what_docker_says(tmp_path: Path, pinned: str) -> None:
    """The target writes the digest behind the tag, in the place of one that is there; an answer that is no
    digest changes nothing.
    """
    digest = "sha256:" + "a" * 64
    dockerfile = tmp_path / "Dockerfile"
    before = f"# x\nFROM python:3.13{pinned} AS base\nFROM base\n"
    dockerfile.write_text(before, encoding="utf-8")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    after = f"# x\nFROM python:3.13@{digest} AS base\nFROM base\n"
    for says, code, text in (("nothing", 1, before), (digest, 0, after)):
        docker.write_text(f'#!/bin/sh\n[ "$4" = python:3.13 ] && echo {says}\n', encoding="utf-8")
        docker.chmod(0o755)
        ran = subprocess.run(
            [ROOT / ".ci" / "base-digest", dockerfile],
            env={**os.environ, "PATH": f"{docker.parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        assert dockerfile.read_text(encoding="utf-8") == text
