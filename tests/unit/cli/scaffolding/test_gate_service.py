"""The code of a new service behind the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.scaffolding.gate_service import code_files
from cli.scaffolding.service_request import NewService
from tests.support.scaffolding import SERVICES, assert_clean


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_code_is_as_the_rest_of_the_project(tmp_path: Path, service: NewService) -> None:
    """Whatever the names, the code passes the linter with the project's rules, and is formatted."""
    assert_clean(tmp_path, code_files(replace(service, gate=True)))


def test_nothing_is_brought_that_is_not_needed() -> None:
    """A service that calls nobody has no client; nothing of the kit is in either. GOV-4"""
    for service in SERVICES:
        [code] = [
            each.text for each in code_files(replace(service, gate=True)) if each.path.name == "main.py"
        ]
        assert ("httpx" in code) == bool(service.calls)
        assert "services.runtime" not in code
