"""Finds what a command works on: the project folder, its environments and stacks, its sandbox folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cli.errors import ProjectNotFoundError, UsageError
from stacks.names import CONFIG_DIRECTORY, NAME_ADVICE, Layer, StackName, existing_stacks, is_environment_name

LAYERS = tuple(Layer)
"""The layers from the bottom up; each stack is named `<environment>-<layer>`."""
DEFAULT_ENVIRONMENT = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A checkout with a Pulumi.yaml, and the folder where its sandbox keeps what it needs.

    `written` has the stack files, declarations and policies where they are not those of the checkout, but of
    a release.
    """

    root: Path
    sandbox: Path
    written: Path | None = None

    @property
    def inputs(self) -> Path:
        """The folder of what people write for a deployment."""
        return self.written or self.root

    @property
    def config(self) -> Path:
        """The folder of the stack files."""
        return self.inputs / CONFIG_DIRECTORY

    @property
    def services(self) -> Path:
        """The folder of the service declarations."""
        return self.inputs / "services"

    @property
    def code(self) -> Path:
        """The folder of the services' code."""
        return self.root / "services"

    @property
    def images(self) -> Path:
        """The table that says what an image runs where there is no container runtime."""
        return self.code / "images.toml"

    @property
    def policies(self) -> Path:
        """The folder of the governance policies and their schema."""
        return self.inputs / "policies" / "calls" / "rules"

    def environments(self) -> tuple[str, ...]:
        """The environments that have a stack file for every layer."""
        stacks = set(existing_stacks(self.root))
        names = sorted({stack.environment for stack in stacks})
        return tuple(
            name
            for name in names
            if all(StackName(environment=name, layer=layer) in stacks for layer in LAYERS)
        )

    def stack_file(self, environment: str, layer: Layer) -> Path:
        """The stack file of an environment's layer."""
        return StackName(environment=environment, layer=layer).config_file(self.inputs)

    def require_environment(self, name: str) -> str:
        """Give the name back when there is such an environment, and may be; raises UsageError."""
        known = self.environments()
        if name in known and not is_environment_name(name):
            raise UsageError(
                f"`{name}` cannot name an environment", hint=f"rename its stack files: {NAME_ADVICE}"
            )
        if name not in known:
            self._refuse_incomplete(name)
            listed = ", ".join(f"`{item}`" for item in known) or "none"
            raise UsageError(
                f"there is no environment `{name}`",
                hint=f"environments here are {listed}: each has files {self.config}/Pulumi.NAME-LAYER.yaml",
            )
        return name

    def _refuse_incomplete(self, name: str) -> None:
        """Raise UsageError for an environment that has some of its stack files; which ones it lacks."""
        files = [StackName(environment=name, layer=layer).config_file(self.root) for layer in LAYERS]
        missing = [str(file.relative_to(self.root)) for file in files if not file.is_file()]
        if len(missing) < len(files):
            raise UsageError(
                f"the environment `{name}` lacks {' and '.join(missing)}",
                hint="add it with what differs from the defaults, such as its `aws:region`",
            )


def find_project(start: Path | None = None, *, directory: Path | None = None) -> Project:
    """Find the project in `directory`, or at `start` (by default the working folder) or above it.

    MYELIN_SANDBOX_DIR moves the sandbox folder. Raises ProjectNotFoundError.
    """
    if directory is not None:
        if not (directory / "Pulumi.yaml").exists():
            raise ProjectNotFoundError(str(directory))
        return _make_project(directory.resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").exists():
            return _make_project(folder)
    raise ProjectNotFoundError(str(here))


def _make_project(root: Path) -> Project:
    chosen = os.environ.get("MYELIN_SANDBOX_DIR")
    return Project(root=root, sandbox=Path(chosen).resolve() if chosen else root / ".myelin")
