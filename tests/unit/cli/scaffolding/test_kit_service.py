"""The code of a new service."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.scaffolding.kit_service import code_files
from cli.scaffolding.service_request import NewService
from tests.support.scaffolding import SERVICES, assert_clean


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_code_is_as_the_rest_of_the_project(tmp_path: Path, service: NewService) -> None:
    """Whatever the names, the code passes the linter with the project's rules, and is formatted."""
    assert_clean(tmp_path, code_files(service))


def test_the_code_is_at_most_fifteen_lines() -> None:
    """A service of one intent, blank lines left out. GOV-4"""
    [app] = [change.text for change in code_files(SERVICES[0]) if change.path.name == "app.py"]
    assert len([line for line in app.splitlines() if line.strip()]) <= 15
