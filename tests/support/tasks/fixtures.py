"""An emulated AWS, an image table, and a runner that runs it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.scheduler.runner import TaskRunner
from sandbox.cloud.tasks.images import ImageTable
from tests.support.tasks.emulation import REGION, SERVER, EmulatedAws, Lines, emulated_aws


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatedAws]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with emulated_aws() as emulated:
        yield emulated


@pytest.fixture
def aws(emulator: EmulatedAws) -> EmulatedAws:
    return emulator.fresh()


@pytest.fixture
def images(tmp_path: Path) -> ImageTable:
    path = tmp_path / "images.toml"
    command = json.dumps(SERVER)
    path.write_text(f'[[image]]\nrepository = "axon"\ncommand = {command}\nenvironment = {{BAKED = "in"}}\n')
    return ImageTable.load(path)


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def runner(aws: EmulatedAws, images: ImageTable, lines: Lines, tmp_path: Path) -> Iterator[TaskRunner]:
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
