"""Which verdicts hang on unknown inputs, with checks that a test says the answers of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.graph.values import UNKNOWN, Graph, Resource
from policies.resources.scanning.trials import Trial, try_values
from policies.resources.terraform.plan import translate
from tests.support.resources.documents import urn
from tests.support.resources.fake_checks import FakeCheck, FakeChecker

QUEUE, TOPIC = "aws:sqs/queue:Queue", "aws:sns/topic:Topic"
DATABASE = "aws:rds/instance:Instance"


def resource(token: str = DATABASE, called: str = "it", /, **inputs: Any) -> Resource:
    return Resource(urn=urn(token, called), token=token, name=called, inputs=inputs)


def tried(
    checker: FakeChecker, *resources: Resource, skipped: tuple[str, ...] = ()
) -> Mapping[tuple[str, str], Trial]:
    """What trying comes to, by check id and resource name, beside what the checks say at first."""
    graph = Graph(stack="dev", source="preview", resources=resources)
    translation = translate(graph)
    base = {
        (one.id, translation.addresses[one.address].urn): one for one in checker.run(translation.plan).results
    }
    checker.plans.clear()
    found = try_values(graph, translation, checker, base, skipped)
    return {(check, graph.by_urn[at].name): trial for (check, at), trial in found.items()}


def public(answers: Mapping[Any, bool | None]) -> FakeCheck:
    """A check of `publicly_accessible`, by the answer to each value; None stands for no value."""
    return FakeCheck(answer=lambda it: answers[it.get("publicly_accessible")], reads=("publicly_accessible",))


@given(*[st.sampled_from([True, False, None])] * 3)
def test_a_verdict_is_open_exactly_where_values_disagree(
    on: bool | None, off: bool | None, left_out: bool | None
) -> None:
    """On, off and left out are all tried; saying nothing of one is another verdict than passing it."""
    checker = FakeChecker(checks=(public({True: on, False: off, None: left_out}),))
    trial = tried(checker, resource(publiclyAccessible=UNKNOWN))["CKV_X_1", "it"]
    answers = {on, off, left_out}
    assert trial.open is (len(answers) > 1)
    assert (trial.result is None) is (answers == {None})
    assert trial.unknown == (("publiclyAccessible",) if trial.open else ())
    if trial.result is not None and not trial.open:
        assert {trial.result.passed} == answers


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({"publiclyAccessible": True}, id="all is known"),
        pytest.param({"multiAz": UNKNOWN}, id="another input is unknown"),
        pytest.param({"moonPhase": UNKNOWN}, id="an input that there is not"),
        pytest.param({"__defaults": UNKNOWN}, id="a note of Pulumi's"),
    ],
)
def test_what_no_check_looks_at_is_not_tried(inputs: Mapping[str, Any]) -> None:
    """A check is not run again where it cannot see what is unknown."""
    checker = FakeChecker(checks=(public({True: True, False: False, None: False}),))
    assert tried(checker, resource(**inputs)) == {}
    assert checker.plans == []


def test_a_check_that_is_left_out_is_not_tried() -> None:
    """What the selection skips costs nothing and says nothing."""
    checker = FakeChecker(checks=(public({True: True, False: False, None: False}),))
    assert tried(checker, resource(publiclyAccessible=UNKNOWN), skipped=("CKV_X_1",)) == {}
    assert checker.plans == []


def test_equal_resources_are_tried_once() -> None:
    """A hundred resources with the same inputs cost as much as one, and each gets the verdict."""
    checker = FakeChecker(checks=(public({True: True, False: False, None: False}),))
    tried(checker, resource(publiclyAccessible=UNKNOWN))
    alone = checker.plans[:]
    many = tried(checker, *(resource(DATABASE, f"r{n}", publiclyAccessible=UNKNOWN) for n in range(100)))
    assert checker.plans == alone
    assert [trial.open for trial in many.values()] == [True] * 100


def test_only_the_inputs_that_a_check_reads_are_named() -> None:
    """Of two unknown inputs, a verdict that hangs on one names that one."""
    checker = FakeChecker(checks=(public({True: True, False: False, None: False}),))
    trial = tried(checker, resource(publiclyAccessible=UNKNOWN, multiAz=UNKNOWN))["CKV_X_1", "it"]
    assert (trial.open, trial.unknown) == (True, ("publiclyAccessible",))


def test_a_value_that_a_check_names_is_tried() -> None:
    """A check that asks for one text of many is open, because that text is among what is tried."""
    check = FakeCheck(answer=lambda it: it.get("engine") == "moon", reads=("engine",), constants=("moon",))
    assert tried(FakeChecker(checks=(check,)), resource(engine=UNKNOWN))["CKV_X_1", "it"].open


@pytest.mark.parametrize("breaks_on", [True, None])
def test_a_value_that_a_check_breaks_on_does_not_count(breaks_on: bool | None) -> None:
    """The verdict is that on the others."""
    answers = {value: False for value in (True, False, None) if value is not breaks_on}
    trial = tried(FakeChecker(checks=(public(answers),)), resource(publiclyAccessible=UNKNOWN))[
        "CKV_X_1", "it"
    ]
    assert trial.broken is None
    assert (trial.result is not None, trial.open) == (True, breaks_on is None)


def test_a_check_that_breaks_on_every_value_says_so() -> None:
    """Then nothing was tried, and the trial keeps one of the failures."""
    trial = tried(FakeChecker(checks=(public({}),)), resource(publiclyAccessible=UNKNOWN))["CKV_X_1", "it"]
    assert (trial.result, trial.open) == (None, False)
    assert trial.broken is not None
    assert trial.broken.why.startswith("KeyError")


def test_a_connected_check_is_tried_on_what_is_connected() -> None:
    """With the resource that has the unknown input and those that refer to it, and with no others."""
    check = FakeCheck(
        answer=lambda it: it.get("name") == "example" or "arn" in str(it.get("name")),
        reads=("name",),
        connected=("aws_sqs_queue", "aws_sns_topic"),
    )
    found = tried(
        FakeChecker(checks=(check,)),
        resource(QUEUE, "q", name=UNKNOWN),
        replace(resource(TOPIC, "t", name="example"), references={"name": (urn(QUEUE, "q"),)}),
        resource(TOPIC, "far", name="example"),
        resource(DATABASE, "d", publiclyAccessible=UNKNOWN),
    )
    assert {place: (trial.open, trial.unknown) for place, trial in found.items()} == {
        ("CKV_X_1", "q"): (True, ("name",)),
        ("CKV_X_1", "t"): (False, ()),
    }
