"""Finding a published version by what people write."""

from __future__ import annotations

import pytest

from cli.errors import UsageError
from cli.policies.admin_client import PolicyAdmin
from cli.policies.versions import CURRENT, find_version, is_version
from tests.support.governance.admin_api import written

DRAFT = "7d1f0c9e-2b7a-4c55-9f60-0b6f6f6f2a10"


@pytest.mark.parametrize(
    ("name", "can_be"),
    [
        (CURRENT, True),
        ("0123abcd", True),
        ("a" * 64, True),
        (DRAFT, True),
        ("0123abc", False),
        ("ABCD0123", False),
    ],
)
def test_what_can_name_a_version(name: str, can_be: bool) -> None:
    """`current`, at least 8 digits, or the id of a draft."""
    assert is_version(name) is can_be


def test_version_is_found_by_some_of_its_digits(admin: PolicyAdmin) -> None:
    """Of the current one and of any in the history; its full name is not looked up."""
    newest, oldest = (entry.version for entry in admin.history())
    assert find_version(admin, CURRENT) == find_version(admin, newest[:8]) == newest
    assert find_version(admin, oldest[:12]) == oldest
    assert find_version(admin, "f" * 64) == "f" * 64


def test_draft_stands_for_the_version_that_it_proposes(admin: PolicyAdmin) -> None:
    """By its id."""
    draft = admin.draft_put("third", written("third"))
    assert find_version(admin, draft.id) == draft.version != find_version(admin, CURRENT)


@pytest.mark.parametrize(
    ("name", "listed"), [("00000000", "history"), (DRAFT, "drafts"), ("latest", "at least 8 digits")]
)
def test_name_of_none_is_refused_with_where_to_look(admin: PolicyAdmin, name: str, listed: str) -> None:
    """As bad input."""
    with pytest.raises(UsageError, match=f"`{name}` is no version") as caught:
        find_version(admin, name)
    assert listed in caught.value.hint
