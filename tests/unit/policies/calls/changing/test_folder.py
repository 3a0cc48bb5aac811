"""A policy folder on its way to the admin function."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

from policies.calls.changing.errors import UnreadableFolderError
from policies.calls.changing.folder import cut_folder, pack_folder
from policies.calls.changing.requests import PackedFolder
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from policies.calls.rehearsing.case_gate import read_case_values
from policies.calls.versions.slices import cut
from tests.support.governance.admin_api import CALLS, CASES, CATALOGUE, written
from tests.support.governance.fixtures import SCHEMA


def test_the_function_cuts_what_the_command_has_cut() -> None:
    """The same version comes of the packed folder, with comments between policies and permits of calls."""
    text = f"// a comment\n{written('b')}\n\n{written('a', when=' when { false }')}"
    documents = [SourceText(path=Path("some.cedar"), text=text)]
    sources = check(SourceText(path=Path("s.cedarschema"), text=SCHEMA), documents, CALLS)
    cases = [case.document() for case in read_case_values(CASES)]
    packed = pack_folder(sources, CATALOGUE, cases)
    assert cut_folder(packed).version == cut(sources, CATALOGUE, cases).version


def test_what_is_no_folder_is_refused() -> None:
    """Not base64, not compressed, cut off, or not what a folder holds."""
    whole = zlib.compress(b"{}" * 1000)
    for packed in ("?", *(base64.b64encode(data).decode() for data in (b"hello", whole[:-5]))):
        with pytest.raises(UnreadableFolderError):
            cut_folder(PackedFolder(packed=packed))
    with pytest.raises(ValueError, match="validation error"):
        cut_folder(PackedFolder(packed=base64.b64encode(zlib.compress(b"{}")).decode()))
