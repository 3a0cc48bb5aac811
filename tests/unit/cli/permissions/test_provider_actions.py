"""What is known of AWS's provider is about types that there are, and actions that AWS has."""

from __future__ import annotations

from policy_sentry.querying.all import get_all_actions

from cli.permissions.provider_actions import PROVIDER_ACTIONS
from sandbox.provider.registry import MAPPINGS


def test_every_type_is_in_the_table() -> None:
    """A new type of the sandbox needs a line, or a deployment on AWS ends at its first read."""
    assert PROVIDER_ACTIONS.keys() == MAPPINGS.keys()
    assert all(PROVIDER_ACTIONS.values())


def test_every_action_is_one_of_awss() -> None:
    """An action that does not exist allows nothing."""
    known = {action.lower() for action in get_all_actions()}
    named = {action for actions in PROVIDER_ACTIONS.values() for action in actions}
    assert {action for action in named if action.lower() not in known} == set()
