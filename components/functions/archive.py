"""Packs a function's code and its locked dependencies into a zip file: the same source gives the same bytes.

    key        a hash of everything that decides the content; a cached archive is found by it, in milliseconds
    install    uv puts the wheels of the lock into a temporary folder, checking every hash
    select     code and licences go in; caches, scripts and install records stay out
    write      sorted entries, one fixed time, two modes; then one atomic rename into the cache

Two builders of one key wait for each other on a file lock, and the second finds what the first made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uv

from components.functions.definition import FunctionCode
from components.functions.errors import ArchiveError
from components.functions.runtime import LAMBDA_PYTHON, FunctionTarget

LOCK = "requirements.lock"
"""The lock file's name in the archive, which thus says what is in it and how to get it again."""

_FORMAT = "2"
# Measured on the governance function: level 1 takes 0.46 s for 10.5 MB, 3 0.54 s for 10.0, 6 1.06 s for 9.4,
# 9 2.95 s for 9.3. The last half megabyte is not worth the wait.
_LEVEL = 3
_TIME = (1980, 1, 1, 0, 0, 0)
_INSTALL_SECONDS = 300
_RECORDS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}
_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
_NO_WHEEL = re.compile(r"Because (\S+) has no (?:usable )?wheels")
_NO_VERSION = re.compile(r"(?:there is no version of (\S+)|Because (\S+) was not found)")
_NO_HASH = re.compile(r"must have a hash, but none were provided for: (\S+)")


def build_archive(
    *,
    project_root: Path,
    code: FunctionCode,
    target: FunctionTarget,
    cache: Path,
) -> Path:
    """The path of the archive, built if the cache has none. Raises ArchiveError."""
    lock = project_root / code.lock
    files = _source_files(project_root, code.sources)
    key = _key(files, _read_lock(lock), target, code.aws_services)
    archive = cache / f"{lock.resolve().parent.name}-{target.value}-{key}.zip"
    if archive.exists():
        return archive
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _hold_lock(archive.with_suffix(".lock")):
            if not archive.exists():
                with tempfile.TemporaryDirectory(dir=cache, prefix="build-") as folder:
                    installed = Path(folder) / "installed"
                    _install(lock, target, installed)
                    packed = Path(folder) / "archive.zip"
                    _write(packed, _needed_files(installed, code.aws_services) | files | {LOCK: lock})
                    packed.replace(archive)
    except OSError as error:
        raise _unusable_error("the cache of archives", cache, error) from error
    return archive


def _identity(target: FunctionTarget) -> str:
    """The part of the target on which the content of an archive depends."""
    if target is FunctionTarget.LAMBDA_ARM64:
        return f"{target.value} {LAMBDA_PYTHON}"
    return f"{target.value} {sys.implementation.cache_tag} {sysconfig.get_platform()}"


def _wheel_options(target: FunctionTarget) -> list[str]:
    """uv's options for the target's wheels; manylinux2014 fits the glibc of every Lambda runtime."""
    if target is FunctionTarget.LAMBDA_ARM64:
        return ["--python-platform", "aarch64-manylinux2014", "--python-version", LAMBDA_PYTHON]
    return []


def _source_files(root: Path, source: Sequence[str]) -> dict[str, Path]:
    """Name in the archive -> file, for every file of the named sources that is code or data of it."""
    files: dict[str, Path] = {}
    for name in _expanded(root, source):
        start = root / name
        if not start.exists() or not start.resolve().is_relative_to(root.resolve()):
            raise ArchiveError(
                f"the source `{name}` is not in the project",
                path=start,
                hint="check the spelling; sources are relative to the folder of Pulumi.yaml",
            )
        found = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
        for path in found:
            place = path.relative_to(root)
            if _is_code(place):
                files[place.as_posix()] = path
    return files


def _expanded(root: Path, source: Sequence[str]) -> Iterator[str]:
    """The sources, with patterns replaced by their matches; a pattern without a match stays, and fails."""
    for name in source:
        matches = sorted(root.glob(name)) if "*" in name else []
        yield from (path.relative_to(root).as_posix() for path in matches)
        if not matches:
            yield name


def _is_code(place: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
    return not hidden and place.suffix != ".pyc" and not place.name.startswith("requirements.")


def _read_lock(lock: Path) -> bytes:
    try:
        return lock.read_bytes()
    except OSError as error:
        raise _unusable_error(f"the lock file `{lock.name}`", lock, error) from error


def _key(files: dict[str, Path], locked: bytes, target: FunctionTarget, aws_services: Sequence[str]) -> str:
    state = hashlib.sha256()
    for part in (_FORMAT, str(_LEVEL), _identity(target), " ".join(sorted(aws_services))):
        state.update(part.encode() + b"\0")
    state.update(hashlib.sha256(locked).digest())
    for name in sorted(files):
        try:
            state.update(name.encode() + b"\0" + hashlib.sha256(files[name].read_bytes()).digest())
        except OSError as error:
            raise _unusable_error(f"the source `{name}`", files[name], error) from error
    return state.hexdigest()[:32]


def _unusable_error(what: str, path: Path, error: OSError) -> ArchiveError:
    reason = (error.strerror or "unknown reason").lower()
    return ArchiveError(
        f"{what} cannot be used: {reason}",
        path=path,
        hint="check that it exists, its permissions and the disk",
    )


@contextmanager
def _hold_lock(path: Path) -> Iterator[None]:
    """Hold the file lock of this archive; the system frees the lock of a builder that dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(lock: Path, target: FunctionTarget, into: Path) -> None:
    """Put the locked wheels below `into`; from uv's cache alone if that has them, five times faster."""
    if _uv(lock, target, into, "--offline").returncode == 0:
        return
    result = _uv(lock, target, into)
    if result.returncode != 0:
        raise _error_of_uv(result.stderr, lock, target)


def _uv(lock: Path, target: FunctionTarget, into: Path, *options: str) -> subprocess.CompletedProcess[str]:
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
    command += ["--link-mode", "hardlink", "--python", sys.executable, *_wheel_options(target), *options]
    command += ["--target", str(into), "-r", str(lock)]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ArchiveError(
            f"the dependencies for `{target.value}` could not be installed: uv did not finish",
            path=lock,
            hint="try again; the package cache keeps what is already downloaded",
        ) from error


def _error_of_uv(output: str, lock: Path, target: FunctionTarget) -> ArchiveError:
    """The error that uv's output stands for."""
    output = " ".join(output.split())
    if found := _MISMATCH.search(output):
        message = f"the hash of `{found[1]}` is not the one in `{lock.name}`"
        hint = "do not use it before you know why it changed; then run `make lock`"
    elif found := _NO_WHEEL.search(output):
        message = f"`{found[1]}` has no wheel for the target `{target.value}`"
        hint = "lock a version that has one, or choose another target"
    elif found := _NO_VERSION.search(output):
        message = f"`{found[1] or found[2]}` could not be found"
        hint = "check the network, or run `make lock` for versions that exist"
    elif found := _NO_HASH.search(output):
        message = f"`{found[1]}` has no hash in `{lock.name}`"
        hint = "make the file with `make lock`, which writes hashes"
    else:
        reason = re.split(r"(?:error|cause): ", output.split(" hint: ")[0])[-1]
        detail = re.sub(r"[a-z]+://\S+", "the package index", reason)[:200]
        message = f"the dependencies for `{target.value}` could not be installed: {detail}"
        hint = f"look at `{lock.name}`, and at the network"
    return ArchiveError(message, path=lock, hint=hint)


def _needed_files(installed: Path, aws_services: Sequence[str]) -> dict[str, Path]:
    """Name in the archive -> file, for the needed files of the installed packages."""
    files: dict[str, Path] = {}
    for path in installed.rglob("*"):
        place = path.relative_to(installed)
        if path.is_file() and _is_code(place) and _is_needed(place, aws_services):
            files[place.as_posix()] = path
    return files


def _is_needed(place: Path, aws_services: Sequence[str]) -> bool:
    parts = place.parts
    if (
        parts[0] == "bin"
        or place.suffix == ".pyi"
        or (parts[0].endswith(".dist-info") and place.name in _RECORDS)
    ):
        return False
    model = parts[:2] == ("botocore", "data") and len(parts) > 3
    return not model or parts[2] in aws_services


def _write(path: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            file = files[name]
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            executable = os.access(file, os.X_OK) and file.suffix not in (".py", ".so")
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            entry.create_system = 3
            # .gz files do not become smaller
            entry.compress_type = zipfile.ZIP_STORED if file.suffix == ".gz" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compresslevel=_LEVEL)
