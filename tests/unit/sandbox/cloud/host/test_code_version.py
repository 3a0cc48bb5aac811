"""What counts as another version of the sandbox's code."""

from __future__ import annotations

from pathlib import Path

from sandbox.cloud.host.version import SOURCES, code_version, source_digest


def test_any_change_of_the_code_is_another_version(tmp_path: Path) -> None:
    """A changed line, a renamed file and a new one are; what is not Python, or is compiled, is not."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.py").write_text("x = 1\n")
    first = source_digest(tmp_path)
    (tmp_path / "README.md").write_text("text")
    (tmp_path / "part" / "__pycache__").mkdir()
    (tmp_path / "part" / "__pycache__" / "a.pyc").write_bytes(b"0")
    assert source_digest(tmp_path) == first
    (tmp_path / "part" / "a.py").write_text("x = 2\n")
    changed = source_digest(tmp_path)
    (tmp_path / "part" / "a.py").rename(tmp_path / "part" / "b.py")
    renamed = source_digest(tmp_path)
    (tmp_path / "c.py").touch()
    assert len({first, changed, renamed, source_digest(tmp_path)}) == 4


def test_the_version_is_that_of_the_emulated_cloud() -> None:
    """It covers all that the background process runs, not this package alone."""
    assert {"host", "emulator", "router", "scheduler"} <= {path.name for path in SOURCES.iterdir()}
    assert code_version() == source_digest(SOURCES)
