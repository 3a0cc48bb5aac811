"""Single files that are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.calls.language.errors import PolicyError
from policies.calls.language.files import MAX_FILE_BYTES, read_document


def test_a_file_is_its_text_and_its_path(tmp_path: Path) -> None:
    """Line ends stay as they are."""
    file = tmp_path / "a.cedar"
    file.write_bytes(b"one\r\ntw\xc3\xb6\n")
    found = read_document(file)
    assert (found.path, found.text, found.generated) == (file, "one\r\ntw\u00f6\n", False)


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    """Bytes that are no text name the line they are on."""
    (tmp_path / "a.cedar").write_bytes(b"// fine\n\xff")
    with pytest.raises(PolicyError, match=r"a\.cedar:2: the file is not UTF-8 text"):
        read_document(tmp_path / "a.cedar")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder named like a policy, a file that is not there, and one that is too large."""
    (tmp_path / "a.cedar").mkdir()
    with pytest.raises(PolicyError, match="the file cannot be read: is a directory"):
        read_document(tmp_path / "a.cedar")
    with pytest.raises(PolicyError, match="the file does not exist"):
        read_document(tmp_path / "b.cedar")
    with (tmp_path / "c.cedar").open("wb") as large:
        large.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(PolicyError, match="more than the"):
        read_document(tmp_path / "c.cedar")
