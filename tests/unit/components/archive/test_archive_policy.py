"""Who may write to the buckets of logs; the whole of both documents is in tests/unit/stacks. NET-5"""

from __future__ import annotations

import json

import pytest

from components.archive.archive_policy import access_log_policy, archive_policy
from components.identity.statement import document
from tests.support.recording.declarations import PLACE


@pytest.mark.parametrize("statements", [archive_policy(PLACE), access_log_policy(PLACE)])
def test_only_services_of_aws_are_let_in(statements: object) -> None:
    """Each of them only for this account; the one other statement denies."""
    for statement in json.loads(document(statements))["Statement"]:  # type: ignore[arg-type]
        if statement["Effect"] == "Deny":
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        else:
            assert set(statement["Principal"]) == {"Service"}
            assert PLACE.account.id in json.dumps(statement["Condition"])
