"""A sandbox's folder and its options, a way to start it there, and a code archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sandbox.cloud.host
from sandbox.cloud.host import Host, HostOptions, HostPorts, leftovers

IMAGES = '[[image]]\nrepository = "x"\ntag = "*"\ncommand = ["{python}", "-m", "http.server", "{port}"]\n'


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "project" / ".myelin"
    made.parent.mkdir()
    yield made
    sandbox.cloud.host.stop(made)
    assert leftovers.find_marked(made) == []


@pytest.fixture
def options(tmp_path: Path) -> HostOptions:
    images = tmp_path / "images.toml"
    images.write_text(IMAGES)
    return HostOptions(images=images, project_root=tmp_path)


@pytest.fixture
def start(directory: Path, options: HostOptions) -> Callable[..., Host]:
    return lambda **changes: sandbox.cloud.host.start(
        directory,
        HostOptions(
            images=changes.get("images", options.images),
            project_root=options.project_root,
            ports=changes.get("ports", HostPorts()),
        ),
    )


@pytest.fixture
def zipped_echo() -> bytes:
    """A code archive whose handler returns its event."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("app.py", "def handler(event, context):\n    return event\n")
    return buffer.getvalue()
