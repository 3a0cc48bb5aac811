"""docs/security-audit.md is what resources and tests say now, and each of its claims holds. ZTN-1"""

from __future__ import annotations

import pytest

from tests.support.documents.audit import AUDITED, PAGE, claims, page
from tests.support.documents.traceability import requirements

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")


def test_the_page_is_what_was_found() -> None:
    """If not: `python -m tests.support.documents.audit` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_claim_holds() -> None:
    """A claim that does not hold is not a matter of writing the page anew."""
    assert [
        f"{claim}: {found}" for made in claims().values() for claim, found, holds in made if not holds
    ] == []


def test_every_line_about_zero_trust_and_identity_is_audited() -> None:
    """A new one is audited, or this fails."""
    assert set(AUDITED) == {named for named in requirements() if named.startswith(("ZTN", "IAM"))}
