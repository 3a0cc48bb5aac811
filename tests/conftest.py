"""What holds for every test."""

from __future__ import annotations

import functools
import gc
from typing import Any

import pytest
import typer.testing
from hypothesis import settings

from sandbox.cloud.emulator.quirks import set_environment, share_botocore_data
from tests.support.effort import COSTLY, effort


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave costly tests out of a quick run; each says why it is one."""
    for item in items:
        mark = item.get_closest_marker("costly")
        if mark is not None and not COSTLY:
            item.add_marker(pytest.mark.skip(reason=f"{mark.args[0]}: make test-costly"))


def pytest_collection_finish() -> None:
    """What has been imported by now stays to the end: no search for garbage looks through it again."""
    gc.freeze()


# a worker holds moto, checkov and the AWS provider: looking for garbage among them took a sixth of all time
gc.set_threshold(100_000, 50, 100)

# a test must not fail because the machine is busy, so no example has a deadline
settings.register_profile("myelin", max_examples=effort(30), deadline=None)
settings.load_profile("myelin")

# as in the sandbox: moto makes no 1,300 machine images each time that it is emptied, and botocore's
# descriptions of AWS are read once and not for each session
set_environment()
share_botocore_data()

# a command line that runs in the tests' own process is built once: it takes longer than most commands
_testing: Any = typer.testing
_testing._get_command = functools.cache(_testing._get_command)
