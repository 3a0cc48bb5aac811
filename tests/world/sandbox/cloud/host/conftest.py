"""What the host's tests share."""

from __future__ import annotations

import io
import zipfile

import pytest


@pytest.fixture
def zipped_echo() -> bytes:
    """A code archive whose handler returns its event."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("app.py", "def handler(event, context):\n    return event\n")
    return buffer.getvalue()
