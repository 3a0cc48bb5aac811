"""Changes of files, whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.scaffolding import changes
from cli.scaffolding.changes import FileChange, NotWrittenError, apply_changes, read_text, require_free

CHANGES = (
    FileChange(path=Path("new", "deep", "a.txt"), text="a\n"),
    FileChange(path=Path("old.txt"), text="one\r\ntwo\r\n", before="one\r\n"),
    FileChange(path=Path("new", "b.txt"), text="b\n"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "old.txt").write_bytes(b"one\r\n")
    (tmp_path / "old.txt").chmod(0o640)
    return tmp_path


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in sorted(root.rglob("*"))
    }


def test_all_are_made(root: Path) -> None:
    """New files with their folders, and changed ones with their mode and line ends; nothing else stays."""
    apply_changes(root, CHANGES)
    assert tree(root) == {
        "new": b"",
        "new/b.txt": b"b\n",
        "new/deep": b"",
        "new/deep/a.txt": b"a\n",
        "old.txt": b"one\r\ntwo\r\n",
    }
    assert (root / "old.txt").stat().st_mode & 0o777 == 0o640
    assert read_text(root / "old.txt") == "one\r\ntwo\r\n"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_fails_on_the_way_is_taken_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whichever file cannot take its place, those before it go back, and so do the folders."""
    before, moved, replace = tree(root), [0], Path.replace

    def fail_once(path: Path, target: Path) -> Path:
        if path.suffix == ".new":
            if moved[0] == number:
                raise OSError(28, "No space left on device")
            moved[0] += 1
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    with pytest.raises(NotWrittenError, match="no space left on device; nothing was changed"):
        apply_changes(root, CHANGES)
    assert tree(root) == before


def test_a_file_that_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    """What somebody else wrote since the plan stays, and nothing is changed."""
    (root / "old.txt").write_text("other\n", encoding="utf-8")
    before = tree(root)
    with pytest.raises(UsageError, match="was changed meanwhile"):
        apply_changes(root, CHANGES)
    assert tree(root) == before


def test_what_is_in_the_way_is_named(root: Path) -> None:
    """A file, a broken link, or a file in the place of a folder: each is named, nothing is changed."""
    for path, words in (("new/b.txt", "`new/b.txt` is there already"), ("new", "`new` is in the way")):
        target = root / path
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(root / "nowhere")
        before = tree(root)
        with pytest.raises(UsageError, match=words):
            require_free(root, CHANGES)
        with pytest.raises(UsageError, match=words):
            apply_changes(root, CHANGES)
        assert tree(root) == before
        target.unlink()
        if path != "new":
            target.parent.rmdir()


def test_a_full_disk_changes_nothing(root: Path) -> None:
    """Where no file may grow, the system's refusal is told, and everything is as it was."""
    before = tree(root)
    code = (
        "import resource, sys; from pathlib import Path;"
        "from cli.scaffolding.changes import FileChange, apply_changes;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (8, {resource.RLIM_INFINITY}));"
        "apply_changes(Path(sys.argv[1]), [FileChange(path=Path('a', 'b'), text='x' * 100)])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "`a/b` could not be written: file too large; nothing was changed" in ran.stderr
    assert tree(root) == before


def test_an_interrupt_waits_for_the_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while files take their places comes once all have."""
    make, kept = changes._make_folders, signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt(folder: Path) -> list[Path]:
        os.kill(os.getpid(), signal.SIGINT)
        return make(folder)

    monkeypatch.setattr(changes, "_make_folders", interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            apply_changes(root, CHANGES)
    finally:
        signal.signal(signal.SIGINT, kept)
    assert (root / "new" / "b.txt").exists()
    assert not (root / changes.STAGE).exists()
