"""Recognizes that nothing a deployment is made of has changed since the last one.

A stack's program is a function of files and of installed packages: the program itself, the declarations,
settings and policies, the sources of the functions, the locks. When their hash is that of the last deployment
that succeeded, running the program again would register the same resources with the same inputs, and `up` can
say so at once. `preview` never takes this short cut.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import components
import lambdas
import policies
import sandbox
import services
import stacks
from cli.images.composing import image_files
from cli.project import Project

PACKAGES = ("pulumi", "pulumi-aws", "cedarpy", "boto3", "moto")
_READ = ("*.py", "*.toml", "*.yaml", "*.cedar", "*.cedarschema", "*.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A hash of what a deployment is made of, and the file where the last deployment left its own.

    The file is there only while everything is as that deployment left it.
    """

    value: str
    file: Path

    def matches(self) -> bool:
        """Whether the last deployment ended well and was made of the same."""
        try:
            return self.file.read_text(encoding="utf-8") == self.value
        except (OSError, ValueError):  # none, or one that cannot be read: then it is planned anew
            return False

    def remove(self) -> None:
        """Remove the file, before anything is changed."""
        self.file.unlink(missing_ok=True)

    def save(self) -> None:
        """Write the file, once everything is as declared."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file.write_text(self.value, encoding="utf-8")


def compute_fingerprint(project: Project, environment: str) -> str:
    """Hash everything that deploying an environment reads."""
    digest = hashlib.sha256()
    for part in (environment, sys.version, *(f"{name} {version(name)}" for name in PACKAGES)):
        digest.update(part.encode() + b"\0")
    for path in sorted({*_code(), *_project_files(project)}):
        content = path.read_bytes()
        digest.update(f"{path} {len(content)}\0".encode() + content)
    return digest.hexdigest()


def _code() -> Iterator[Path]:
    """The code that decides what is deployed, wherever it is installed."""
    for package in (components, lambdas, policies, sandbox, services, stacks):
        for folder in package.__path__:
            yield from _files(Path(folder), ("*.py",))


def _project_files(project: Project) -> Iterator[Path]:
    """What people write in a project: declarations, stack files, policies, function sources, locks."""
    yield project.root / "Pulumi.yaml"
    yield project.images
    for declaration in project.services.glob("*/service.toml"):
        yield declaration
        yield from (path for _, path in image_files(project, declaration.parent.name))
    for folder in (project.config, project.policies, project.root / "lambdas"):
        yield from _files(folder, _READ)


def _files(folder: Path, patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from (path for path in folder.rglob(pattern) if path.is_file())
