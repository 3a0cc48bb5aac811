"""Composes the image of each service from what it would contain: changed code is another image.

A registry knows the digest of an image that was pushed. Where a command stands for an image, its content is
that command, and the files of the service and of the runtime, so that a deployment replaces the tasks of
exactly those services whose code, image table entry or packages changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

import services as installed
from cli.project import Project
from components.declarations import Services
from sandbox.cloud.images.manifest import ImageConfig, digest_of, make_manifest
from sandbox.cloud.images.store import ImageSource
from sandbox.cloud.tasks.images import Image, ImageTable
from stacks.layer_settings import WorkloadSettings

_SHARED = ("__init__.py", "requirements.lock", "runtime")
_NOT_IN_IMAGES = ("__pycache__", "*.md", "*.pyc", "*.toml", "Dockerfile", "*.new", "*~", ".*")
"""As .dockerignore has it, and what editors leave."""


@dataclass(frozen=True)
class ComposedImage:
    """An image that the working tree makes. `copied`: its tasks run in a copy of its files.

    Of an image that is not, the table's row runs in the project's folder, and earlier code cannot come back.
    """

    config: ImageConfig
    files: tuple[ImageSource, ...]
    tag: str
    copied: bool

    @property
    def service(self) -> str:
        """The service, or the gate."""
        return self.config.service

    @cached_property
    def manifest(self) -> str:
        """The manifest, whose hash is the digest."""
        return make_manifest(self.config, [(file.name, file.content) for file in self.files])

    @cached_property
    def digest(self) -> str:
        """The digest of all that it contains."""
        return digest_of(self.manifest)


def compose_images(
    project: Project, environment: str, services: Services, settings: WorkloadSettings, table: ImageTable
) -> Mapping[str, ComposedImage]:
    """The image that the working tree makes of every service, and of the gate.

    Raises CannotPullContainerError for an image that the table does not have.
    """
    contents: dict[Path, bytes] = {}
    return {
        name: _compose(
            project,
            name,
            settings.tag_of(name),
            table.find(f"{environment}/{name}:{settings.tag_of(name)}"),
            contents,
        )
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
            yield (Path("services") / path.relative_to(base)).as_posix(), path


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for each in sorted(path.rglob("*")):
        inside = each.relative_to(path).parts
        left_out = any(fnmatch(part, pattern) for part in inside for pattern in _NOT_IN_IMAGES)
        if each.is_file() and not left_out:
            yield each


def _compose(
    project: Project, service: str, tag: str, image: Image, contents: dict[Path, bytes]
) -> ComposedImage:
    """`contents` are the files that were read already, as all images share the runtime."""
    paths = dict(image_files(project, service))
    for word in image.command:
        program = project.root / word
        if program.is_file() and program.is_relative_to(project.root):
            paths.setdefault(program.relative_to(project.root).as_posix(), program)
    for path in paths.values():
        if path not in contents:
            contents[path] = path.read_bytes()
    return ComposedImage(
        config=ImageConfig(service=service, command=image.command, environment=dict(image.environment)),
        files=tuple(
            ImageSource(name=name, content=contents[path], source=path) for name, path in paths.items()
        ),
        tag=tag,
        copied=image.runs_a_copy,
    )
