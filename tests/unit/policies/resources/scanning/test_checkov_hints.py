"""Hints about failed checks, and what is relied on of checkov."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from policies.resources.graph.values import Location, Resource
from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.hints import INDEX, CheckAdvice, advice, hint
from policies.resources.terraform.pulumi_names import property_path
from policies.resources.terraform.schema import Kind, Shape, provider_schema
from tests.support.resources.terraform_plans import plan

pytestmark = pytest.mark.xdist_group("checkov")


def of(kind: str, path: str = "__main__.py") -> Resource:
    location = Location(path=path, line=1)
    return Resource(urn="u", token=kind, name="it", location=location)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            CheckAdvice(attributes=("enable_key_rotation",), wanted=(True,)),
            "set `enable_key_rotation` to `True`",
        ),
        (CheckAdvice(attributes=("policy",), wanted=(None,)), "set `policy`"),
        (CheckAdvice(attributes=("key_usage",), wanted=("A", "B")), "set `key_usage` to `A` or `B`"),
        (CheckAdvice(attributes=("key_usage",), wanted=(True,)), "look at `key_usage`"),
        (CheckAdvice(attributes=("key_usage",), forbidden=("A",)), "give `key_usage` another value than `A`"),
        (CheckAdvice(attributes=("policy", "tags")), "look at `policy` or `tags`"),
        (CheckAdvice(attributes=("networking", "policy")), "look at `policy`"),
        (CheckAdvice(connected=("aws_flow_log",)), "connect it with `aws.ec2.FlowLog`"),
        (
            CheckAdvice(attributes=("policy",), connected=("aws_flow_log", "aws_no_such")),
            "look at `policy`, or connect it with `aws.ec2.FlowLog`",
        ),
        (CheckAdvice(attributes=("networking",)), f"see C in {INDEX}"),
        (CheckAdvice(attributes=("arn", "policy", "tags", "key_usage", "region")), f"see C in {INDEX}"),
    ],
)
def test_advice_is_said_in_the_programs_words(wanted: CheckAdvice, said: str) -> None:
    """What passes, what fails, what was looked at and what is missing; a name that the type lacks is
    left out.
    """
    assert hint("C", wanted, of("aws:kms/key:Key"), "aws_kms_key") == said


def test_names_are_those_of_the_programs_language() -> None:
    """Python has snake_case, all others what Pulumi itself says; blocks in a list are in the plural."""
    wanted = CheckAdvice(attributes=("default_action.redirect.status_code",), wanted=(True,))
    kind = "aws_lb_listener"
    said = {path: hint("C", wanted, of("aws:lb/listener:Listener", path), kind) for path in ("a.py", "a.ts")}
    assert said == {
        "a.py": "look at `default_actions.redirect.status_code`",
        "a.ts": "look at `defaultActions.redirect.statusCode`",
    }
    switch = CheckAdvice(attributes=("enable_deletion_protection",), wanted=(True,))
    said = {path: hint("C", switch, of("t", path), "aws_lb") for path in ("a.py", "a.ts")}
    assert said == {
        "a.py": "set `enable_deletion_protection` to `True`",
        "a.ts": "set `enableDeletionProtection` to `true`",
    }


def test_no_check_gives_nonsense(checkov: Checkov) -> None:
    """For every check and type, each name in the hint is a property or a type of Pulumi's."""
    types = sorted(kind for kind in checkov.resource_checks.checks if kind in provider_schema().types)
    count = 0
    for kind in types:
        checks = [*checkov.resource_checks.get_checks(kind), *checkov.graph_checks.checks]
        for check in checks:
            keys = check.get_evaluated_keys() if hasattr(check, "get_evaluated_keys") else []
            said = hint(check.id, advice(check, map(str, keys), kind, checkov.any_value), of("t"), kind)
            names = re.findall(r"`([^`]+)`", re.sub(r" to `.*?(?=, or|$)| than .*", "", said))
            known, below = names_of(kind)
            for name in names:
                assert name in known or name.startswith(("aws.", *below)), (check.id, said)
            count += 1
    assert count > 10_000


@cache
def names_of(kind: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Every property of a type, through blocks, as Python spells them, and how what is in its maps begins."""
    found: set[str] = set()
    maps: list[str] = []

    def walk(shape: Shape, above: str, depth: int) -> None:
        for name, attribute in shape.items():
            path = f"{above}{name}"
            said = property_path(kind, path, python=True)
            assert said is not None
            found.add(said)
            if attribute.kind is Kind.MAP:
                maps.append(f"{said}.")
            if attribute.block is not None and depth < 5:
                walk(provider_schema().block(attribute), f"{path}.", depth + 1)

    walk(provider_schema().resource(kind), "", 0)
    return frozenset(found), tuple(maps)


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def test_checkov_tells_what_hints_are_made_of(checkov: Checkov) -> None:
    """Value checks, graph checks and others all come with a hint; titles and addresses are given."""
    document = plan(
        ("aws_kms_key", "it", {"description": "x"}),
        ("aws_vpc", "it", {"cidr_block": "10.0.0.0/16"}),
        ("aws_security_group", "it", {"description": "x", "ingress": [{"from_port": 22, "to_port": 22,
            "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}),
    )  # fmt: skip
    found = {result.id: result for result in checkov.run(document).results if not result.passed}
    said = {
        identity: hint(identity, one.advice, of("t"), one.address.partition(".")[0])
        for identity, one in found.items()
    }
    assert said["CKV_AWS_7"] == "set `enable_key_rotation` to `True`"
    assert found["CKV_AWS_7"].address == "aws_kms_key.it"
    assert found["CKV_AWS_7"].title == "Ensure rotation for customer created CMKs is enabled"
    assert said["CKV2_AWS_11"] == "connect it with `aws.ec2.FlowLog`"
    assert "`ingress.from_port`" in said["CKV_AWS_24"]
    assert all(said.values())


def test_skipped_checks_do_not_run(checkov: Checkov) -> None:
    """A check that is left out neither passes nor fails."""
    document = plan(("aws_kms_key", "it", {"description": "x"}))
    assert "CKV_AWS_7" not in {result.id for result in checkov.run(document, skipped=["CKV_AWS_7"]).results}


def test_one_check_that_stumbles_does_not_take_the_others_with_it(
    checkov: Checkov, capfd: pytest.CaptureFixture[str]
) -> None:
    """A check that raises is left out and named, without a trace; all others run."""
    from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415

    def stumble(_: Any) -> None:
        raise ValueError("not a number")

    stumbling: Any = resource_registry.get_check_by_id("CKV_AWS_7")
    stumbling.scan_resource_conf = stumble
    try:
        run = checkov.run(plan(("aws_kms_key", "it", {"enable_key_rotation": True})))
    finally:
        del stumbling.scan_resource_conf
    (broken,) = run.broken
    assert (broken.id, broken.address, broken.why) == (
        "CKV_AWS_7",
        "aws_kms_key.it",
        "ValueError: not a number",
    )
    assert "CKV_AWS_7" not in {result.id for result in run.results}
    assert "CKV2_AWS_64" in {result.id for result in run.results}
    assert "Traceback" not in capfd.readouterr().err
