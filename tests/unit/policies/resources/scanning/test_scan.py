"""Scanning the stacks of an environment, with a stand-in for checkov."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from policies.resources.graph.values import Graph, Location, Resource
from policies.resources.guardrails.catalogue import INSTEAD_OF_CHECKOV, RULES
from policies.resources.scanning.check_facts import CheckFacts
from policies.resources.scanning.checker import BrokenCheck, CheckovResult, CheckovRun
from policies.resources.scanning.scan import scan

TODAY = date(2026, 11, 22)
BUCKET = "aws:s3/bucket:Bucket"


class OneCheck:
    """Fails every bucket; remembers the plans that it was given."""

    ids = frozenset({"CKV_AWS_18"})

    def __init__(self, *broken: BrokenCheck) -> None:
        self.plans: list[Mapping[str, Any]] = []
        self.skipped: list[tuple[str, ...]] = []
        self._broken = broken

    def facts(self, terraform_type: str) -> tuple[CheckFacts, ...]:
        return ()

    def run(
        self, plan: Mapping[str, Any], *, skipped: tuple[str, ...] = (), only: tuple[str, ...] = ()
    ) -> CheckovRun:
        self.plans.append(plan)
        self.skipped.append(skipped)
        addresses = [item["address"] for item in plan["planned_values"]["root_module"]["resources"]]
        return CheckovRun(
            results=tuple(
                CheckovResult(
                    id="CKV_AWS_18",
                    title="Ensure logging",
                    address=address,
                    passed=not address.startswith("aws_s3_bucket."),
                    detail="",
                )
                for address in addresses
            ),
            broken=self._broken,
        )


def urn(stack: str, token: str, name: str) -> str:
    return f"urn:pulumi:{stack}::myelin::{token}::{name}"


def graph(stack: str, *more: Resource) -> Graph:
    component = Resource(
        urn=urn(stack, "myelin:store:Store", "store"), token="myelin:store:Store", name="store", custom=False
    )
    bucket = Resource(
        urn=urn(stack, f"myelin:store:Store${BUCKET}", "logs"),
        token=BUCKET,
        name="logs",
        parent=component.urn,
        location=Location(path="components/store.py", line=7),
    )
    return Graph(stack=stack, source="program", resources=(component, bucket, *more), notes=(f"of {stack}",))


def test_the_stacks_of_an_environment_are_one_plan() -> None:
    """Checkov runs once over all of them, and each finding comes back to its own stack."""
    checker = OneCheck()
    scans = scan([graph("dev-foundation"), graph("dev-platform")], "dev", checker, TODAY)
    assert len(checker.plans) == 1
    assert [one.stack for one in scans] == ["dev-foundation", "dev-platform"]
    for one in scans:
        (failure,) = [item for item in one.failures if item.check.tool == "checkov"]
        assert failure.stack == one.stack
        assert failure.urn == urn(one.stack, f"myelin:store:Store${BUCKET}", "logs")
        assert failure.component == "store (myelin:store:Store)"
        assert failure.location == Location(path="components/store.py", line=7)
        assert one.environment == "dev"
        assert one.resources == 1
        assert one.notes == (f"of {one.stack}",)
        assert one.ran == one.passed + len(one.failures)


def test_guardrails_judge_in_place_of_the_same_checks_in_checkov() -> None:
    """The platform's rules run on the graph; checkov is told to leave them out."""
    checker = OneCheck()
    (found,) = scan([graph("dev-platform")], "dev", checker, TODAY)
    assert set(checker.skipped[0]) == {rule.id for rule in (*RULES, *INSTEAD_OF_CHECKOV)}
    assert {(item.check.id, item.check.tool) for item in found.failures} == {
        ("CKV_AWS_18", "checkov"),
        ("CKV_MYELIN_1", "guardrails"),
    }


def test_what_can_not_be_mapped_is_kept() -> None:
    """A type without a Terraform name is judged by the guardrails alone, and listed."""
    strange = Resource(
        urn=urn("dev", "aws:new/thing:Thing", "it"),
        token="aws:new/thing:Thing",
        name="it",
        location=Location(path="app.py", line=3),
    )
    (found,) = scan([graph("dev", strange)], "dev", OneCheck(), TODAY)
    assert [(item.urn, str(item.location)) for item in found.unmapped] == [(strange.urn, "app.py:3")]


def test_a_check_that_could_not_run_is_said() -> None:
    """A check that stumbled over a resource has not decided on it, and does not pass."""
    broken = BrokenCheck(
        id="CKV_AWS_9", why="KeyError: 'x'", title="Ensure x", address="aws_s3_bucket.logs_2"
    )
    first, last = scan([graph("dev-a"), graph("dev-b")], "dev", OneCheck(broken), TODAY)
    assert first.undecided == ()
    (found,) = last.undecided
    assert (found.check.id, found.check.title, found.detail) == (
        "CKV_AWS_9",
        "Ensure x",
        "the check could not run: KeyError: 'x'",
    )
    assert last.ran == last.passed + len(last.failures) + 1
