"""A registrar that writes down what it hears, for each test anew."""

from __future__ import annotations

import pytest

from tests.support.engine.recording_registrar import RecordingRegistrar


@pytest.fixture
def recorder() -> RecordingRegistrar:
    return RecordingRegistrar()
