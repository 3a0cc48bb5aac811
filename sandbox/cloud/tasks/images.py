"""The image table: which command stands for each container image, as there is no container runtime.

[[image]]
repository = "payments"          # the last part or parts of the ECR repository
tag = "*"                        # or one exact tag (or digest); the exact one wins
command = ["{python}", "-m", "http.server", "{port}"]
environment = {}                 # what a Dockerfile's ENV would set
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cloud.tasks.errors import CannotPullContainerError, ImageTableError

PLACEHOLDERS = ("python", "port")
_KEYS = ("repository", "tag", "command", "environment")
_HEAD = re.compile(r"\s*\[\[\s*image\s*\]\]")
_SERVICE_CODE = re.compile(r"(\./)?services[./]\w")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A parsed image name: repository path without the registry, tag (or digest), and the digest if any."""

    repository: str
    tag: str
    digest: str = ""

    @classmethod
    def parse(cls, image: str) -> ImageReference:
        """Split `[registry/]repository[:tag][@digest]`.

        Without a tag the digest stands for it, and without that it is `latest`.
        """
        name, _, digest = image.partition("@")
        first, slash, rest = name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            name = rest
        path, colon, tag = name.rpartition(":")
        if not colon:
            path, tag = name, digest or "latest"
        return cls(repository=path, tag=tag, digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One entry of the table."""

    repository: str
    tag: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    """Where the command runs; None: in the project's folder."""

    @property
    def runs_a_copy(self) -> bool:
        """Whether its program is code of a service, so that a copy of that code is the image.

        An exact tag or digest, and any other program, is taken as it is: it runs in the project's folder.
        """
        return self.tag == "*" and any(_SERVICE_CODE.match(word) for word in self.command)

    def argv(self, *, python: str, port: int) -> list[str]:
        """The command with its placeholders filled in."""
        return [part.replace("{python}", python).replace("{port}", str(port)) for part in self.command]

    def rank(self, reference: ImageReference) -> tuple[int, int] | None:
        """How specifically the entry fits an image (higher wins), or None if it does not fit."""
        if self.tag not in ("*", reference.tag, reference.digest):
            return None
        path = f"/{reference.repository}"
        if not path.endswith(f"/{self.repository}"):
            return None
        return (0 if self.tag == "*" else 1, len(self.repository))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTable:
    """All entries of one file."""

    path: Path
    images: tuple[Image, ...]

    @classmethod
    def load(cls, path: Path) -> ImageTable:
        """Read and check a table; raises ImageTableError."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ImageTableError(
                path=path,
                expected=f"expected a readable image table: {(error.strerror or str(error)).lower()}",
                hint="it says what each image runs: [[image]] with repository, tag and command",
            ) from error
        except UnicodeDecodeError as error:
            raise ImageTableError(
                path=path, expected="the file is not UTF-8 text", hint="save it as UTF-8"
            ) from error
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ImageTableError(
                path=path, line=_find_line(error, text), expected=f"malformed TOML: {_clean_reason(error)}"
            ) from error
        return cls(path=path, images=tuple(_parse_entries(_Source(path, text.splitlines()), data)))

    def find(self, image: str) -> Image:
        """The entry for an image reference; an exact tag wins over `*`, a longer repository over a shorter.

        Raises CannotPullContainerError when there is none.
        """
        reference = ImageReference.parse(image)
        fitting = [(rank, entry) for entry in self.images if (rank := entry.rank(reference)) is not None]
        if not fitting:
            raise CannotPullContainerError(image, self.path)
        return max(fitting, key=lambda pair: pair[0])[1]


@dataclass(frozen=True, slots=True)
class _Source:
    """The file as it is written, for the places in errors."""

    path: Path
    lines: Sequence[str]

    def error(
        self, where: str, expected: str, *, image: int = 0, key: str = "", hint: str = ""
    ) -> ImageTableError:
        """Say what is wrong with a key of the image with that number (from 1), or with all of it."""
        return ImageTableError(
            path=self.path, line=self._find_line(image, key), where=where, expected=expected, hint=hint
        )

    def _find_line(self, image: int, key: str) -> int | None:
        """Find where an entry, or a key of it, is written; None where it is not written as usual."""
        heads = [number for number, line in enumerate(self.lines, start=1) if _HEAD.match(line)]
        if image > len(heads):
            return None
        first, last = (
            (heads[image - 1], ([*heads, len(self.lines) + 1])[image]) if image else (1, len(self.lines) + 1)
        )
        written = re.compile(rf"\s*[\[\"']*{re.escape(key)}\b") if key else None
        found = (number for number in range(first, last) if written and written.match(self.lines[number - 1]))
        return next(found, first if image else None)


def _find_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    found = re.search(r"line (\d+)", str(error))
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _clean_reason(error: tomllib.TOMLDecodeError) -> str:
    """What tomllib says, in our form and without the place."""
    reason = re.sub(r" \(at [^)]*\)$", "", str(error))
    return reason[:1].lower() + reason[1:]


def _parse_entries(source: _Source, data: Mapping[str, Any]) -> Iterable[Image]:
    for key in data:
        if key != "image":
            raise source.error(f"`{key}`", "expected only [[image]] entries", key=key)
    entries = data.get("image")
    if not isinstance(entries, list) or not entries:
        raise source.error("", "expected at least one [[image]] entry")
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries, start=1):
        image = _parse_entry(source, number, entry)
        earlier = seen.setdefault((image.repository, image.tag), number)
        if earlier != number:
            raise source.error(
                f"image {number}",
                f"`{image.repository}:{image.tag}` is already declared by image {earlier}",
                image=number,
                hint="keep one of the two",
            )
        yield image


def _parse_entry(source: _Source, number: int, entry: object) -> Image:
    def fail(key: str, expected: str) -> ImageTableError:
        return source.error(f"image {number}, `{key}`", expected, image=number, key=key)

    if not isinstance(entry, dict):
        raise source.error(f"image {number}", "expected a table", image=number)
    if strange := [key for key in entry if key not in _KEYS]:
        raise fail(strange[0], f"unknown key; expected one of {', '.join(_KEYS)}")
    repository, tag = entry.get("repository"), entry.get("tag", "*")
    if not isinstance(repository, str) or not repository.strip("/"):
        raise fail("repository", 'expected the last part of a repository name, such as "payments"')
    if not isinstance(tag, str) or not tag:
        raise fail("tag", 'expected a tag, or "*" for every tag')
    command = entry.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(part, str) for part in command):
        raise fail("command", "expected a list of strings, the program first")
    unknown = [name for part in command for name in _PLACEHOLDER.findall(part) if name not in PLACEHOLDERS]
    if unknown:
        raise fail("command", f"unknown placeholder `{{{unknown[0]}}}`; expected {{python}} or {{port}}")
    environment = entry.get("environment", {})
    if not isinstance(environment, dict) or not all(isinstance(value, str) for value in environment.values()):
        raise fail("environment", "expected a table of strings")
    return Image(
        repository=repository.strip("/"), tag=tag, command=tuple(command), environment=dict(environment)
    )
