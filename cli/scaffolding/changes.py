"""Changes of a project's files, made whole or not at all.

Everything is written beside the project's files first, so that a full disk changes nothing. Then each file
takes its place by a rename; what fails on the way is taken back, and Ctrl-C waits for the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError, UsageError

STAGE = ".myelin"
"""A folder that git ignores, on the file system of the project, so that files can be moved from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """The new text of a file, its path relative to the project; `before` is None for a file that is made."""

    path: Path
    text: str
    before: str | None = None


class NotWrittenError(CliError):
    """The files could not be written; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file, and what the system says."""
        super().__init__(
            f"`{path}` could not be written: {reason}; nothing was changed",
            hint="make room or mend the permissions, and run it again",
        )

    @classmethod
    def of(cls, error: OSError, path: Path) -> NotWrittenError:
        """The system's refusal of a file."""
        return cls(path, (error.strerror or str(error)).lower())


def require_free(root: Path, changes: Sequence[FileChange]) -> None:
    """Raise UsageError for a file that would have to be made and is there, or has something in its way."""
    for change in changes:
        if change.before is not None:
            continue
        path = root / change.path
        if os.path.lexists(path):
            raise UsageError(f"`{change.path}` is there already", hint="move it away, or choose another name")
        above = next(parent for parent in path.parents if os.path.lexists(parent))
        if not above.is_dir():
            raise UsageError(
                f"`{above.relative_to(root)}` is in the way: it is no folder", hint="move it away"
            )


def apply_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Make all changes below `root`. Raises UsageError or NotWrittenError, and has then changed nothing."""
    require_free(root, changes)
    with _stage(root) as stage:
        staged = [_write(root, stage, number, change) for number, change in enumerate(changes)]
        with _uninterrupted():
            _commit(root, changes, staged)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """Where the new text lies, and for a file that is there also the old one."""

    new: Path
    old: Path | None


@contextmanager
def _stage(root: Path) -> Iterator[Path]:
    """A folder for the time of the change."""
    path = root / STAGE
    made = not path.exists()
    try:
        path.mkdir(exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix="new-", dir=path))
    except OSError as error:
        raise NotWrittenError.of(error, path) from error
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if made:
            with suppress(OSError):
                path.rmdir()


def _write(root: Path, stage: Path, number: int, change: FileChange) -> _Staged:
    new, old = stage / f"{number}.new", stage / f"{number}.old"
    path = root / change.path
    try:
        _write_durably(new, change.text)
        if change.before is None:
            return _Staged(new=new, old=None)
        _write_durably(old, change.before)
        shutil.copymode(path, new)
        shutil.copymode(path, old)
        if not os.access(path, os.W_OK):
            raise PermissionError(0, "permission denied")
    except OSError as error:
        raise NotWrittenError.of(error, change.path) from error
    return _Staged(new=new, old=old)


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _commit(root: Path, changes: Sequence[FileChange], staged: Sequence[_Staged]) -> None:
    done: list[tuple[Path, Path | None]] = []
    folders: list[Path] = []
    path = root
    try:
        for change, files in zip(changes, staged, strict=True):
            path = root / change.path
            folders += _make_folders(path.parent)
            _require_unchanged(path, change)
            files.new.replace(path.resolve())
            done.append((path.resolve(), files.old))
    except BaseException as error:
        _take_back(done, folders)
        if isinstance(error, OSError):
            raise NotWrittenError.of(error, path.relative_to(root)) from error
        raise


def _require_unchanged(path: Path, change: FileChange) -> None:
    if change.before is not None and read_text(path) != change.before:
        raise UsageError(f"`{change.path}` was changed meanwhile", hint="run it again")


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; gives those that were made."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    made = []
    for each in reversed(missing):
        each.mkdir()
        made.append(each)
    return made


def _take_back(done: Sequence[tuple[Path, Path | None]], folders: Sequence[Path]) -> None:
    for path, old in reversed(done):
        with suppress(OSError):
            if old is None:
                path.unlink()
            else:
                old.replace(path)
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def read_text(path: Path) -> str:
    """A file's text with the line ends that it has. Raises UsageError for what is no UTF-8, and OSError."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"`{path}` is not UTF-8 text", hint="save it as UTF-8") from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have Ctrl-C, a hang-up and SIGTERM wait; outside of the main thread none of them raises anything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)
