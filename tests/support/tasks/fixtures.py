"""An image table, and a task runner that runs what it says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.scheduler.runner import TaskRunner
from sandbox.cloud.tasks.images import ImageTable
from tests.support.emulated_aws import REGION, EmulatedAws
from tests.support.log_lines import LogLines

SERVER = ["{python}", "-I", "-S", str(Path(__file__).parent / "tiny_server.py"), "{port}"]
"""Command of an image; without site-packages it starts in half the time."""


@pytest.fixture
def images(tmp_path: Path) -> ImageTable:
    path = tmp_path / "images.toml"
    command = json.dumps(SERVER)
    path.write_text(f'[[image]]\nrepository = "axon"\ncommand = {command}\nenvironment = {{BAKED = "in"}}\n')
    return ImageTable.load(path)


@pytest.fixture
def lines() -> LogLines:
    return LogLines()


@pytest.fixture
def runner(aws: EmulatedAws, images: ImageTable, lines: LogLines, tmp_path: Path) -> Iterator[TaskRunner]:
    made = TaskRunner(
        aws,
        images,
        lines,
        {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION, "MYELIN_SANDBOX": str(tmp_path)},
        lambda: None,
        project_root=tmp_path,
        python=sys.executable,
    )
    made.start()
    yield made
    made.stop()
