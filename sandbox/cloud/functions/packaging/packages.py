"""Installs packages that an archive has for AWS's machines for this one, in the same locked versions.

An archive that was built for this machine needs nothing of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uv

from sandbox.cloud.functions.errors import PackagesError
from sandbox.cloud.functions.packaging.wheels import Machine, Substitutes, find_substitutes

Install = Callable[[str, Path], str | None]
"""Installs locked requirements (text) into a folder; returns the reason if it cannot."""

_INSTALL_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A folder of packages that precedes the archive on the import path, and their names."""

    folder: Path
    packages: tuple[str, ...]


class MachinePackages:
    """Folders of packages, one for each set of requirements, kept like unpacked archives. Thread-safe."""

    def __init__(self, directory: Path, install: Install, machine: Machine | None = None) -> None:
        """`machine` is this one unless given."""
        self._directory = directory
        self._machine = machine or Machine.this()
        self._install = install
        self._lock = threading.Lock()

    def prepare(self, name: str, archive: bytes) -> Installed | None:
        """The packages that replace those of an archive, installed if need be; raises PackagesError.

        None if the archive fits this machine as it is.
        """
        wanted = find_substitutes(archive, self._machine)
        if wanted is None:
            return None
        with self._lock:
            return self._install_once(name, wanted)

    def _install_once(self, name: str, wanted: Substitutes) -> Installed:
        key = hashlib.sha256(f"{self._machine}\0{wanted.requirements}".encode()).hexdigest()[:32]
        installed = Installed(folder=self._directory / key, packages=wanted.packages)
        if installed.folder.is_dir():
            os.utime(installed.folder)
            return installed
        self._directory.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".installing-", dir=self._directory))
        reason = self._install(wanted.requirements, unfinished)
        if reason is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise PackagesError(name, packages=wanted.packages, machine=str(self._machine), reason=reason)
        unfinished.chmod(0o755)
        unfinished.rename(installed.folder)
        return installed


def install_locked(requirements: str, into: Path) -> str | None:
    """Install wheels with uv, checking every hash: from its cache if that has them, else from the index."""
    reason = _install(requirements, into, "--offline")
    return None if reason is None else _install(requirements, into)


def _install(requirements: str, into: Path, *options: str) -> str | None:
    command = [
        uv.find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--no-progress",
        "--color",
        "never",
        "--no-config",
    ]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile-bytecode"]
    command += [
        "--link-mode",
        "hardlink",
        "--python",
        sys.executable,
        *options,
        "--target",
        str(into),
        "-r",
        "-",
    ]
    try:
        done = subprocess.run(
            command, input=requirements, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "uv did not finish"
    if done.returncode == 0:
        return None
    return _reason(" ".join(done.stderr.split()))


def _reason(output: str) -> str:
    """Shorten what uv reported, without the address of an index."""
    found = re.search(r"Because (\S+) was not found", output)
    if found:
        return f"`{found[1]}` is not in the package cache, and no index has it or can be reached"
    last = re.split(r"(?:error|[Cc]aused by|cause): ", output.split(" hint: ", maxsplit=1)[0])[-1]
    return re.sub(r"[a-z]+://\S+", "the package index", last)[:200].rstrip(". ")
