"""The client of the admin function, over HTTP: how a refusal exits."""

from __future__ import annotations

from typing import Any, cast

import pytest

from cli.errors import explain
from cli.exit_codes import ExitCode
from cli.policies.admin_client import (
    AdminRefusedError,
    ChangeDeniedError,
    InvalidChangeError,
    PolicyAdmin,
    UnprovenError,
)
from policies.calls.changing.problem import AdminProblem, ProblemCode
from tests.support.governance.admin_api import ADA, FUNCTION, Api
from tests.support.governance.fake_sts import URL, credentials_of
from tests.support.governance.recording_admin import recording_admin

KINDS = {
    ProblemCode.INVALID_REQUEST: (InvalidChangeError, ExitCode.USAGE),
    ProblemCode.INVALID_POLICY: (InvalidChangeError, ExitCode.USAGE),
    ProblemCode.APPROVAL_REQUIRED: (ChangeDeniedError, ExitCode.DENIED),
    ProblemCode.SAME_ACTOR: (ChangeDeniedError, ExitCode.DENIED),
    ProblemCode.UNPROVEN_ACTOR: (UnprovenError, ExitCode.CREDENTIALS),
}


@pytest.mark.parametrize("code", ProblemCode)
def test_a_refusal_exits_by_its_kind(code: ProblemCode) -> None:
    """Bad input exits 2, want of a second person 5, of proof 4, any other 1; the function has the words."""
    problem = AdminProblem(
        type="urn:x", title="x", status=400, detail="not like this", code=code, hint="mend it"
    )

    def refuse(*_request: object, **_more: object) -> tuple[int, Any]:
        return 400, problem.model_dump(mode="json")

    with recording_admin(cast("Api", refuse)) as server:
        admin = PolicyAdmin(server.url, credentials_of(ADA), "us-east-1", audience=FUNCTION, sts=URL)
        with pytest.raises(AdminRefusedError) as caught:
            admin.version()
        admin.close()
    kind, exit_code = KINDS.get(code, (AdminRefusedError, ExitCode.FAILED))
    assert type(caught.value) is kind
    found = explain(caught.value)
    assert found is not None
    assert (found.code, found.message, found.hint) == (exit_code, "not like this", "mend it")
