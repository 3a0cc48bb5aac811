"""Fixtures for the tests of the services that start processes and an emulated AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.moto_server import moto_server
from tests.support.services.fixtures import clock, lines, own_logs, secrets
from tests.support.services.processes import AwsClients, StartService, service_processes

__all__ = ["clock", "lines", "own_logs", "secrets"]


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """The URL of an emulated AWS on loopback."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def aws(aws_endpoint: str) -> AwsClients:
    return AwsClients(aws_endpoint)


@pytest.fixture
def start_service(tmp_path: Path, aws_endpoint: str) -> Iterator[StartService]:
    """Processes that end with the test."""
    with service_processes(tmp_path, aws_endpoint) as start:
        yield start


@pytest.fixture(scope="module")
def start_shared_service(
    tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str
) -> Iterator[StartService]:
    """Processes that the tests of a module share."""
    with service_processes(tmp_path_factory.mktemp("services"), aws_endpoint) as start:
        yield start
