"""The account and region that a stack is deployed to."""

from __future__ import annotations

from components.account import Account
from components.current_account import current_account
from tests.support.recording.recorder import ACCOUNT, REGION, record


def test_account_is_that_of_the_credentials() -> None:
    """Account and partition come from the provider's credentials, the region from the provider."""
    found: list[Account] = []
    record(lambda: found.append(current_account()), stack="dev-foundation", config={})
    assert found == [Account(id=ACCOUNT, region=REGION, partition="aws")]
