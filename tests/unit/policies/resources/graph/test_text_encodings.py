"""The text of documents, however a shell has written it."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.errors import UnreadableError
from policies.resources.graph.text import STDIN, read_text

ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
"""What stands before the text; Python writes the mark of `utf-16` and `utf-8-sig` itself."""


@given(
    st.dictionaries(st.text(), st.text()), st.sampled_from(sorted(ENCODINGS)), st.booleans(), st.booleans()
)
def test_any_encoding_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    content: dict[str, str],
    encoding: str,
    marked: bool,
    packed: bool,
) -> None:
    """UTF-8, UTF-16 and UTF-32 are read with their mark and without it, and a compressed file as well."""
    text = '{"a": ' + repr(content).replace("\ud800", "") + "}"
    try:
        written = (ENCODINGS[encoding] if marked else b"") + text.encode(encoding)
    except UnicodeEncodeError:
        return
    path = tmp_path_factory.mktemp("text") / "f.json"
    path.write_bytes(gzip.compress(written) if packed else written)
    assert read_text(path, "x") == text


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minus stands for what is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"a": "ü"}'.encode("utf-16"))))
    assert read_text(STDIN, "x") == '{"a": "ü"}'


@pytest.mark.parametrize("content", [b"\xff", b"\x1f\x8bno gzip", gzip.compress(b"{}", mtime=0)[:-3]])
def test_what_is_no_text(tmp_path: Path, content: bytes) -> None:
    """Bytes that no encoding explains are refused."""
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match="is no text"):
        read_text(path, "x")
