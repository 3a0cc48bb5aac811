"""The blocks of docs/network.md are what the declarations plan now. NET-5, ZTN-1"""

from __future__ import annotations

from tests.support.documents.blocks import block_names, filled
from tests.support.documents.network import PAGE, page


def test_the_blocks_are_what_is_planned() -> None:
    """If not: `python -m tests.support.documents.network` writes them anew."""
    text = PAGE.read_text(encoding="utf-8")
    assert block_names(text) == ["topology", "groups", "acls", "matrix"]
    assert text == page()


def test_a_stale_block_is_replaced_and_the_rest_left() -> None:
    """What people write around a block stays as it is."""
    text = "before\n<!-- one: make it -->\nold\n<!-- end -->\nafter\n"
    assert filled(text, {"one": "new\n"}) == text.replace("old", "new")
