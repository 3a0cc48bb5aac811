"""Fixtures for the tests of the services, in the process of the test."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.runtime.telemetry import logs
from tests.support.services.doubles import Clock, Lines, SecretsInMemory


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """Undo what a test configured: its stream is closed with it, and the next test logs to its own."""
    handlers = logging.root.handlers[:]
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers


@pytest.fixture
def lines() -> Lines:
    stream = io.StringIO()
    logs.configure(service="tested", level="DEBUG", stream=stream)
    return Lines(stream)


@pytest.fixture
def secrets() -> SecretsInMemory:
    return SecretsInMemory()


@pytest.fixture
def clock() -> Clock:
    return Clock()
