"""docs/iam.md is what the policies say now. IAM-2"""

from __future__ import annotations

from tests.support.documents.permissions import AGENTS, ELSEWHERE, PAGE, WHY, page
from tests.support.recording.environments import recorded
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import policy_documents


def test_the_page_is_what_the_policies_say() -> None:
    """If not: `python -m tests.support.documents.permissions` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_statement_of_a_role_has_its_reason() -> None:
    """And no reason is for one that nobody has, but for those of services that are not declared here."""
    named = {
        statement["Sid"]
        for name, document in policy_documents(recorded("dev")).items()
        if name.startswith("RolePolicy ")
        for statement in statements(document)
    }
    assert named <= WHY.keys()
    assert WHY.keys() - named <= {"Deeds", "DeedsKey"}
    assert AGENTS.keys() <= named


def test_what_is_said_of_a_statement_is_said_of_one_that_a_role_has() -> None:
    """A statement that is removed leaves the list of those that no scenario uses, too."""
    there = {
        f"{name.removeprefix('RolePolicy ')}/{statement['Sid']}"
        for name, document in policy_documents(recorded("dev")).items()
        if name.startswith("RolePolicy ")
        for statement in statements(document)
    }
    assert there >= ELSEWHERE.keys()
