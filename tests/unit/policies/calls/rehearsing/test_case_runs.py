from __future__ import annotations

from typing import Any

import pytest

from policies.calls.language.cases import Case
from policies.calls.rehearsing.case_runs import CaseReport, run_cases
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut


def case(name: str = "one", **fields: Any) -> Case:
    request = {
        key: fields.pop(key) for key in ("service", "intent", "target", "tenant", "context") if key in fields
    }
    return Case.model_validate(
        {
            "name": name,
            "request": {"service": "orbit", "intent": "reason", "target": "axon"} | request,
            **fields,
        }
    )


@pytest.fixture
def run(policy: Any) -> Any:
    version = cut(
        policy.sources(
            policy("may", "permit", "orbit", "reason", "axon", 'context.environment != "prod"'),
            policy("late", "permit", "orbit", "reason", "axon", 'context.time > datetime("2026-06-01")'),
            policy("no-erase", "forbid", None, "erase"),
            policy("bad", "forbid", "axon", "reason", None, 'context.attributes.purpose == "x"'),
        ),
        Catalogue(services=("orbit", "axon"), calls=(policy.call("orbit", "axon", "reason"),)),
    )

    def runs(*cases: Case) -> CaseReport:
        return run_cases(Rehearsal.of(version), cases)

    return runs


@pytest.mark.parametrize(
    "passing",
    [
        case(expect="allow"),
        case(expect="allow", policies=["may"]),
        case(expect="allow", policies=["late"], environment="prod", at="2026-07-01T00:00:00Z"),
        case(expect="allow", policies=["may", "late"], at="2026-07-01T00:00:00Z"),
        case(expect="deny", environment="prod"),
        case(expect="deny", environment="prod", policies=[], reason_code="no_permit"),
        case(expect="deny", intent="erase", policies=["no-erase"], reason_code="forbidden"),
        case(expect="deny", service="nobody", reason_code="unknown_service"),
        case(expect="deny", service="axon", target="orbit", reason_code="policy_error"),
    ],
)
def test_a_case_that_expects_what_is_decided_passes(run: Any, passing: Case) -> None:
    """Decision, determining policies, reason code, environment and time are compared when they are named."""
    (result,) = run(passing).results
    assert result.failure == ""


@pytest.mark.parametrize(
    ("failing", "failure"),
    [
        (case(expect="deny"), "expected deny, but it is allowed by `may`: why may"),
        (
            case(expect="allow", intent="erase"),
            "expected allow, but it is denied by `no-erase`: why no-erase",
        ),
        (
            case(expect="allow", policies=["late"]),
            "expected to be decided by `late`, but it is by `may`",
        ),
        (case(expect="allow", policies=[]), "expected to be decided by no policy, but it is by `may`"),
        (
            case(expect="deny", intent="erase", reason_code="no_permit"),
            "expected the reason code `no_permit`, but it is `forbidden`",
        ),
        (
            case(expect="deny", intent="erase", reason_code="forbiden"),
            "expected the reason code `forbiden`, but it is `forbidden`, and there is no such code",
        ),
    ],
)
def test_a_case_that_expects_otherwise_says_how(run: Any, failing: Case, failure: str) -> None:
    """The failure names what was expected and what was decided."""
    (result,) = run(failing).results
    assert result.failure == failure


@pytest.mark.parametrize(
    ("slip", "code"),
    [
        (case(expect="deny", service="orbti"), "unknown_service"),
        (case(expect="deny", intent="resaon"), "unknown_intent"),
        (case(expect="deny", target="axom"), "unknown_target"),
        (case(expect="deny", context={"porpuse": "x"}), "invalid_request"),
        (case(expect="deny", context={"size": 1.5}), "invalid_request"),
        (case(expect="deny", service="axon", target="orbit"), "policy_error"),
    ],
)
def test_a_slip_does_not_pass_as_an_expected_denial(run: Any, slip: Case, code: str) -> None:
    """A denial that the policies did not make is expected only by its own code."""
    (result,) = run(slip).results
    assert result.failure.startswith("denied, but not by the policies: ")
    assert f"`reason_code: {code}`" in result.failure


def test_coverage_is_of_policies_that_decided_a_passing_case(run: Any) -> None:
    """A case that fails covers nothing."""
    report = run(case("a", expect="deny", intent="erase"), case("b", expect="deny"))
    assert report.covered == {"no-erase"}
    assert [result.case.name for result in report.failures] == ["b"]
