"""A digest for the image of each service, made of what it would contain: changed code is another image.

A registry knows the digest of an image that was pushed. Where a command stands for an image, it follows from
that command and from the files of the service and of the runtime, so that a deployment replaces the tasks of
exactly those services whose code, image table entry or packages changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

import services as installed
from cli.project import Project
from components.declarations import Services
from sandbox.cloud.tasks.images import Image, ImageTable
from stacks.layer_settings import WorkloadSettings

_SHARED = ("__init__.py", "requirements.lock", "runtime")
_NOT_IN_IMAGES = ("__pycache__", "*.md", "*.pyc", "*.toml", "Dockerfile", "*.new", "*~", ".*")
"""As .dockerignore has it, and what editors leave."""


def image_digests(
    project: Project, environment: str, services: Services, settings: WorkloadSettings, table: ImageTable
) -> Mapping[str, str]:
    """The digest of every image, the gate's too, those that the settings name as they are.

    Raises CannotPullContainerError for an image that the table does not have.
    """
    return {
        name: settings.image_digests.get(name)
        or _digest(project, name, table.find(f"{environment}/{name}:{settings.tag_of(name)}"))
        for name in services.images
    }


def image_files(project: Project, service: str) -> Iterator[tuple[str, Path]]:
    """The files that go into a service's image, by their names in it; the installed ones where a project has
    none of its own, for those are what its tasks import.
    """
    for part in (*_SHARED, service):
        own = list(_files(project.code / part))
        for path in own or _files(Path(installed.__path__[0]) / part):
            base = project.code if own else Path(installed.__path__[0])
            yield path.relative_to(base).as_posix(), path


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for each in sorted(path.rglob("*")):
        inside = each.relative_to(path).parts
        left_out = any(fnmatch(part, pattern) for part in inside for pattern in _NOT_IN_IMAGES)
        if each.is_file() and not left_out:
            yield each


def _digest(project: Project, service: str, image: Image) -> str:
    digest = hashlib.sha256(json.dumps([image.command, sorted(image.environment.items())]).encode())
    named = ((word, project.root / word) for word in image.command)
    programs = [(word, path) for word, path in named if path.is_file()]
    for name, path in (*image_files(project, service), *programs):
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\0".encode() + content)
    return f"sha256:{digest.hexdigest()}"
