"""Deploying the policy folder where a second person has to agree."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from policies.calls.changing.drafts import Drafts
from policies.calls.changing.editing import ChangeRequest, Editor
from policies.calls.changing.errors import ApprovalRequiredError, SameActorError
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import PolicyVersion, cut
from tests.support.governance.admin_api import table
from tests.support.governance.publishing import deploy

CATALOGUE = Catalogue(services=("axon", "orbit"))
ADA, BOB = ChangeRequest(actor="ada", person="Ada"), ChangeRequest(actor="bob", person="Bob")


class Folder:
    """A folder that is deployed by Ada, with approval, into one table."""

    def __init__(self, client: Any, policy: Any) -> None:
        self._client, self._policy = client, policy
        store, ledger = PolicyStore(client, "policies"), PolicyLedger(client, "policies")
        numbers = count(1)
        self.editor = Editor(store, ledger)
        self.drafts = Drafts(
            store, ledger, self.editor, approval=True, new_id=lambda: f"draft-{next(numbers)}"
        )

    def _cut(self, *names: str) -> PolicyVersion:
        return cut(self._policy.sources(*(self._policy(name) for name in names)), CATALOGUE)

    def deploy(self, *names: str) -> Any:
        return deploy(self._cut(*names), "policies", self._client, actor="ada", approval=True)

    def draft(self, *names: str) -> Any:
        return self.drafts.of_folder(self._cut(*names), ADA)

    def version(self) -> str:
        found = PolicyStore(self._client, "policies").pointer()
        assert found is not None
        return found.version


@pytest.fixture
def folder(dynamodb: Any, policy: Any) -> Folder:
    return Folder(dynamodb, policy)


def test_the_first_version_of_all_needs_no_approval(folder: Folder) -> None:
    """An empty table has nothing that could be changed, so there is no draft either."""
    assert folder.draft("a") is None
    assert folder.deploy("a").changed
    assert folder.draft("a") is None
    assert not folder.deploy("a").changed


def test_a_changed_folder_is_deployed_by_two_persons(folder: Folder, dynamodb: Any) -> None:
    """Deploying it is refused and changes nothing; its draft is kept once; another person activates it."""
    folder.deploy("a")
    before = table(dynamodb)
    with pytest.raises(ApprovalRequiredError, match="a second person has to agree"):
        folder.deploy("a", "b")
    assert table(dynamodb) == before
    draft = folder.draft("a", "b")
    assert (draft.author, draft.added, draft.base) == ("ada", ["b"], folder.version())
    assert folder.draft("a", "b") == draft
    with pytest.raises(SameActorError):
        folder.drafts.activate(draft.id, ADA)
    folder.drafts.activate(draft.id, BOB)
    assert folder.draft("a", "b") is None
    assert not folder.deploy("a", "b").changed
    assert folder.version() == draft.version


def test_what_others_changed_stays_in_the_draft(folder: Folder) -> None:
    """The draft is the merged version; once it is activated the folder counts as deployed."""
    folder.deploy("a")
    folder.editor.put("x", '@id("x") @reason("r") permit (principal, action, resource);', BOB)
    draft = folder.draft("a", "b")
    assert draft.added == ["b"]
    folder.drafts.activate(draft.id, BOB)
    assert folder.draft("a", "b") is None
    assert not folder.deploy("a", "b").changed
    assert folder.version() == draft.version
    # and so the next change of the folder is one of the folder alone
    assert folder.draft("b").removed == ["a"]


def test_a_draft_that_others_have_overtaken_is_made_anew(folder: Folder) -> None:
    """It was made from a version that is no longer current."""
    folder.deploy("a")
    first = folder.draft("a", "b")
    folder.editor.put("x", '@id("x") @reason("r") permit (principal, action, resource);', BOB)
    second = folder.draft("a", "b")
    assert (first.id != second.id, second.base) == (True, folder.version())
