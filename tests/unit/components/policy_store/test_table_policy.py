"""Who may write the policy table, whatever IAM allows them. GOV-5."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.naming import FUNCTIONS, GOVERNANCE_ADMIN
from components.policy_store.table_policy import ADMINISTER, WRITE, policy_table_policy
from tests.support.recording.declarations import PLACE
from tests.support.recording.iam import DENY, SILENT, verdict

POLICY = document(policy_table_policy(PLACE))
TABLE = PLACE.account.table(PLACE.names.policy_table)
ADMIN = PLACE.function_role(GOVERNANCE_ADMIN)
DEPLOYER, OPERATOR = (
    PLACE.account.role("deployer"),
    PLACE.account.arn("iam", "user/operator").replace(PLACE.account.region, ""),
)
RUNTIME = (
    PLACE.task_role("axon"),
    PLACE.execution_role("axon"),
    *(PLACE.function_role(function) for function in FUNCTIONS),
)


@pytest.mark.parametrize("action", WRITE)
def test_only_the_admin_function_changes_items(action: str) -> None:
    """Administrators, deployers, the root of the account, a role of nearly the same name: all are denied."""
    told = {
        one: verdict(POLICY, action=action, resource=TABLE, principal=one, context={})
        for one in (*RUNTIME, DEPLOYER, OPERATOR, PLACE.account.root, f"{ADMIN}-2", "lambda.amazonaws.com")
    }
    assert told.pop(ADMIN) == SILENT
    assert set(told.values()) == {DENY}


@pytest.mark.parametrize("action", ADMINISTER)
def test_no_role_at_run_time_opens_or_empties_the_table(action: str) -> None:
    """The admin function neither; whoever deploys may, and does it for each change of the table."""
    told = {
        one: verdict(POLICY, action=action, resource=TABLE, principal=one, context={})
        for one in (*RUNTIME, DEPLOYER, OPERATOR)
    }
    assert {one for one, said in told.items() if said == SILENT} == {DEPLOYER, OPERATOR}
    assert {told[one] for one in RUNTIME} == {DENY}
