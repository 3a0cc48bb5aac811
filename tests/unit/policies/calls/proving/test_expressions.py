"""What the solver is told of a condition, beside what Cedar says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import z3
from hypothesis import HealthCheck, assume, given, settings

from policies.calls.deciding.evaluate import CedarRequest, Ruleset
from policies.calls.deciding.narrowing import scope_rules
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.request_schema import Vocabulary
from policies.calls.language.schema_types import action_types
from policies.calls.proving.decisions import AskedVersion, Comparison
from policies.calls.proving.expressions import Encoder, Surroundings
from policies.calls.proving.inputs import InputSpace
from policies.calls.proving.literals import milliseconds_of, parse_datetime, parse_decimal, parse_duration
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.proving.values import Entity, Primitive, RecordValue, SetField, sort_of, text_term
from policies.calls.versions.documents import Rule
from tests.support.effort import effort
from tests.support.governance.random_conditions import ENVIRONMENTS, SCHEMA, conditions, inputs, policy_text

pytestmark = pytest.mark.no_cover
VOCABULARY = Vocabulary(SCHEMA)
_PARSE = {"datetime": parse_datetime, "duration": parse_duration, "decimal": parse_decimal}


def comparison(condition: str, at: Any) -> Comparison:
    """Nothing, and one permit with this condition."""
    rule = Rule(id="p", effect="permit", reason="r", text=policy_text("p", "permit", condition))
    versions = [
        AskedVersion(schema=SCHEMA, rules=rules, target="axon", known=True) for rules in ((), (rule,))
    ]
    return Comparison("orbit", "erase", (versions[0], versions[1]), environments=ENVIRONMENTS, at=at)


def literal(kind: str, value: Any) -> Any:
    if kind == "string":
        return text_term(value)
    if kind == "bool":
        return z3.BoolVal(value)
    return z3.IntVal(_PARSE[kind](value) if isinstance(value, str) else value)


def assigned(record: RecordValue, values: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each symbol of a record, and what it is for these values."""
    for name, (there, value) in record.attributes.items():
        if not z3.is_true(there):
            yield there, z3.BoolVal(name in values)
        given = values.get(name)
        if isinstance(value, RecordValue):
            yield from assigned(value, given or {})
        elif given is not None and isinstance(value, Primitive):
            yield value.term, literal(value.kind, given)
        elif given is not None and isinstance(value, SetField):
            term = z3.EmptySet(sort_of(value.element))
            for each in given:
                term = z3.SetAdd(term, literal(value.element, each))
            yield value.term, term


def is_so(formula: Any, values: list[tuple[Any, Any]]) -> bool:
    """Whether a formula holds for these values."""
    found = z3.simplify(z3.substitute(formula, *values))
    if not z3.is_true(found) and not z3.is_false(found):
        solver = z3.Solver()
        solver.add(*(symbol == value for symbol, value in values), found)
        return bool(solver.check() == z3.sat)
    return bool(z3.is_true(found))


@settings(max_examples=effort(150), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(conditions(), inputs())
def test_the_solver_is_told_what_cedar_says(condition: str, asked: dict[str, Any]) -> None:
    """For every construct: the formula of a permit is true, and that of its failure, exactly where Cedar
    allows and where it cannot evaluate; or the condition is said not to be understood.
    """
    rule = Rule(id="p", effect="permit", reason="r", text=policy_text("p", "permit", condition))
    request = CedarRequest(
        service="orbit",
        intent="erase",
        target="axon",
        environment=asked["environment"],
        time=asked["at"],
        tenant=asked["tenant"],
        attributes=asked["context"],
        proven=asked["proven"],
    )
    verdict = Ruleset(scope_rules([rule])).evaluate(request, VOCABULARY)
    try:
        found = comparison(condition, asked["at"])
    except NotUnderstoodError:
        assume(False)
    context = action_types(SCHEMA)["erase"].context
    space = InputSpace([context, context], ENVIRONMENTS, asked["at"])
    given = {
        "environment": asked["environment"],
        "time": milliseconds_of(asked["at"]),
        "proven": asked["proven"],
    }
    if asked["tenant"] is not None:
        given["tenant"] = asked["tenant"]
    if asked["context"] is not None:
        given["attributes"] = asked["context"]
    values = list(assigned(space.context, given))
    values = [pair for pair in values if pair[0].decl().kind() == z3.Z3_OP_UNINTERPRETED]
    decision = found._decisions[1]
    assert is_so(decision.allowed, values) == (verdict.code is ReasonCode.PERMITTED), verdict
    assert is_so(decision.failed, values) == (verdict.code is ReasonCode.POLICY_ERROR), verdict


@pytest.mark.parametrize(
    "node", [{"Slot": "?x"}, {"getTag": {"left": {"Var": "context"}, "right": {"Value": 1}}}]
)
def test_what_cedar_may_get_besides_is_not_understood(node: dict[str, Any]) -> None:
    """An operator that is not known here is refused, never taken for one that fails."""
    entity = Entity("Service", "a")
    around = Surroundings(
        principal=entity, action=entity, resource=entity, context=RecordValue({}), groups=frozenset()
    )
    with pytest.raises(NotUnderstoodError):
        Encoder(around).outcome(node)
