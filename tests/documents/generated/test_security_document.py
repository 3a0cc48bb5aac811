"""docs/security.md is what the stacks make now. ZTN-1, KEY-1, SEC-1"""

from __future__ import annotations

import pytest

from tests.support.documents.security import PAGE, page

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")


def test_the_page_is_what_the_stacks_make() -> None:
    """If not: `python -m tests.support.documents.security` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
