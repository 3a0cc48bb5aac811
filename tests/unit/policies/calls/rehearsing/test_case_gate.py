"""A version is refused while one of its cases fails."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.rehearsing.case_gate import read_case_values, require_cases_pass, require_protected_cases
from policies.calls.rehearsing.errors import CasesFailedError, InvalidCaseError, ProtectedCaseError
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from policies.calls.versions.version import StoredVersion

ASKS = {"service": "orbit", "intent": "reason", "target": "axon"}
ALLOWED = {"name": "it may", "request": ASKS, "expect": "allow"}


def version_with(memory: Any, policy: Any, effect: str, *cases: dict[str, Any]) -> StoredVersion:
    """A version with one policy about everything, and these cases."""
    plan = cut(policy.sources(policy("p", effect)), Catalogue(services=("axon", "orbit")), cases)
    memory.publish(plan)
    return StoredVersion(memory, plan.version)


def test_a_version_whose_cases_pass_is_taken(memory: Any, policy: Any) -> None:
    """Nothing is raised; a version without cases asks nothing, and reads no slice."""
    require_cases_pass(version_with(memory, policy, "permit", ALLOWED), memory)
    memory.asked.clear()
    require_cases_pass(version_with(memory, policy, "forbid"), memory)
    assert memory.asked == ["root", "cases"]


def test_a_version_with_a_case_that_fails_is_refused(memory: Any, policy: Any) -> None:
    """The message has the first failure, the error has all; cases that are only given count, too."""
    version = version_with(memory, policy, "forbid", ALLOWED)
    with pytest.raises(CasesFailedError) as caught:
        require_cases_pass(version, memory, read_case_values([{**ALLOWED, "name": "once more"}]))
    assert caught.value.message == (
        "2 of 2 cases fail, the first is `it may`: expected allow, but it is denied by `p`: why p"
    )
    assert [failure.case.name for failure in caught.value.failures] == ["it may", "once more"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"name": "x", "request": ASKS}, "`expect`: field required"),
        ({**ALLOWED, "expcet": "deny"}, "`expcet`: extra inputs are not permitted"),
        ({**ALLOWED, "reason_code": "forbidden"}, "only `permitted` allows"),
    ],
)
def test_a_value_that_is_no_case_is_named_by_its_position(value: dict[str, Any], why: str) -> None:
    """Counted from 1, with the member that is wrong."""
    with pytest.raises(InvalidCaseError) as caught:
        read_case_values([ALLOWED, value])
    assert caught.value.position == 2
    assert caught.value.message.startswith(f"case 2 is not a case: {why}")


PROTECTED = {**ALLOWED, "protected": True}


@pytest.mark.parametrize(
    ("cases", "refused"),
    [
        ([PROTECTED], None),
        ([{**ALLOWED, "name": "another"}, PROTECTED], None),
        ([ALLOWED], None),
        ([], "dropped"),
        ([{**PROTECTED, "name": "another"}], "dropped"),
        ([{**PROTECTED, "expect": "deny"}], "changed"),
        ([{**PROTECTED, "environment": "prod"}], "changed"),
        ([{**ALLOWED, "request": {**ASKS, "tenant": "acme"}}], "changed"),
    ],
)
def test_a_protected_case_is_neither_dropped_nor_changed(
    memory: Any, policy: Any, cases: list[dict[str, Any]], refused: str | None
) -> None:
    """Only its protection may be taken off, which leaves it for one version more. GOV-5"""
    before = version_with(memory, policy, "permit", PROTECTED)
    after = version_with(memory, policy, "permit", *cases)
    if refused is None:
        require_protected_cases(before, after)
        return
    with pytest.raises(ProtectedCaseError, match=f"`it may` would be {refused}"):
        require_protected_cases(before, after)


def test_a_case_without_protection_may_go(memory: Any, policy: Any) -> None:
    """As any other case may."""
    require_protected_cases(
        version_with(memory, policy, "permit", ALLOWED), version_with(memory, policy, "permit")
    )
