"""Finds the packages of a code archive that were built for another machine. Pure.

A wheel says what it is for in its tags, `python-abi-platform`, which stay with the installed package:
https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/.
"""

from __future__ import annotations

import io
import platform
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LOCK = "requirements.lock"
"""Name of the file, at an archive's root, with the locked versions and hashes of its packages."""

_INFO = re.compile(r"([^/]+)-[^-/]+\.dist-info/WHEEL")
_TAG = re.compile(r"^Tag: *(\S+-\S+-\S+) *$", re.MULTILINE)
_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*) *==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine and its CPython, in the words of wheel tags: `(3, 13)`, `linux`, `aarch64`."""

    python: tuple[int, int]
    system: str
    processor: str

    @classmethod
    def this(cls) -> Machine:
        """The interpreter and platform of this machine."""
        system = "macosx" if sys.platform == "darwin" else sys.platform
        return cls(python=sys.version_info[:2], system=system, processor=platform.machine().lower())

    def fits(self, tag: str) -> bool:
        """Whether a wheel with this tag can be imported here; the version of the system is not compared."""
        _, abi, built_for = tag.rsplit("-", 2)
        if built_for == "any":
            return True
        major, minor = self.python
        if not (abi in {"none", f"cp{major}{minor}"} or (abi == "abi3" and _oldest(tag) <= self.python)):
            return False
        return self.system in built_for and built_for.endswith((self.processor, "universal2"))

    def __str__(self) -> str:
        """The machine in words, for messages."""
        return f"{self.system} {self.processor} with Python {self.python[0]}.{self.python[1]}"


def _oldest(tag: str) -> tuple[int, int]:
    """The oldest Python that a wheel with the stable ABI supports."""
    found = re.match(r"cp(\d)(\d+)-", tag)
    return (int(found[1]), int(found[2])) if found else (3, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitutes:
    """Packages that an archive has for another machine, and the part of its lock to install them from here.

    The requirements may name more than the packages: what is in the lock and not in the archive, because
    only this machine needs it.
    """

    packages: tuple[str, ...]
    requirements: str


def find_substitutes(archive: bytes, machine: Machine) -> Substitutes | None:
    """Find what has to be installed for an archive to run on a machine; None if nothing has to.

    None also for an archive without a lock, and for bytes that are no archive: they fail when they are run.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
            tags = dict(_tags(bundle))
            unfit = sorted(
                name for name, those in tags.items() if those and not any(map(machine.fits, those))
            )
            if not unfit or LOCK not in bundle.namelist():
                return None
            lock = bundle.read(LOCK).decode()
    except (zipfile.BadZipFile, UnicodeDecodeError):
        return None
    return Substitutes(packages=tuple(unfit), requirements=_entries(lock, tags, unfit))


def _tags(bundle: zipfile.ZipFile) -> Iterator[tuple[str, list[str]]]:
    """The packages of an archive, each with its wheel's tags."""
    for entry in bundle.namelist():
        found = _INFO.fullmatch(entry)
        if found:
            yield _normal(found[1]), _TAG.findall(bundle.read(entry).decode())


def _entries(lock: str, present: Mapping[str, object], unfit: list[str]) -> str:
    """The entries of a lock for packages that do not fit or are missing."""
    wanted = (
        found
        for found in _ENTRY.finditer(lock)
        if (name := _normal(found[1])) in unfit or name not in present
    )
    return "".join(found[0] for found in wanted)


def _normal(name: str) -> str:
    """Normalize a package's name.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()
