from __future__ import annotations

import json
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calls.language.policy_parts import read_parts
from tests.support.effort import effort

ATOMS = ("context.a", "context.b", "context.c", "!context.a", '("x" == "x")', "(context.b == context.c)")


def policy(condition: str, scope: str = "principal, action, resource") -> str:
    return f'@id("p") @reason("r") permit ({scope}) {condition};'


def terms(condition: str) -> list[tuple[str, str]]:
    (parts,) = read_parts([policy(condition)])
    return [(term.kind, term.text) for term in parts.terms]


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("principal, action, resource", (None, None, None)),
        ('principal == Service::"a", action == Action::"b", resource == Service::"c"', ("a", "b", "c")),
        ('principal in Service::"a", action in [Action::"b"], resource', ("a", "b", None)),
        ('principal is Service, action, resource is Service in Service::"c"', (None, None, "c")),
    ],
)
def test_a_scope_is_the_names_that_it_allows(scope: str, names: tuple[str | None, ...]) -> None:
    """Services have no parents, so `in` one of them is that one, and `is Service` is every one."""
    (parts,) = read_parts([policy("", scope)])
    found = (parts.principals, parts.actions, parts.resources)
    assert found == tuple(None if name is None else frozenset({name}) for name in names)


def test_several_actions_are_a_set() -> None:
    """A list of actions allows each of them, an empty one none."""
    for listed, names in (('Action::"a", Action::"b"', {"a", "b"}), ("", set())):
        (parts,) = read_parts([policy("", f"principal, action in [{listed}], resource")])
        assert parts.actions == frozenset(names)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", []),
        ("when { a && b }", [("when", "a"), ("when", "b")]),
        ("when { (a && (b)) && c.d(e && f) }", [("when", "a"), ("when", "b"), ("when", "c.d(e && f)")]),
        ("when { a && b || c }", [("when", "a && b || c")]),
        ("when { a && (b || c) }", [("when", "a"), ("when", "b || c")]),
        ("when { if a then b else c && d }", [("when", "if a then b else c && d")]),
        ("unless { a || b && c }", [("unless", "a"), ("unless", "b && c")]),
        ("when { a } when { b } unless { c }", [("when", "a"), ("when", "b"), ("unless", "c")]),
        ('when { a == "&& } when {" }', [("when", 'a == "&& } when {"')]),
        ("when { (a) == (b) }", [("when", "(a) == (b)")]),
        ("when { {when: 1}.when == 1 }", [("when", "{when: 1}.when == 1")]),
        ("when { a // && b\n && c }", [("when", "a"), ("when", "c")]),
    ],
)
def test_a_condition_is_cut_where_that_keeps_its_meaning(
    condition: str, expected: list[tuple[str, str]]
) -> None:
    """Cut at `&&` in `when` and at `||` in `unless`, outside brackets, strings and weaker operators."""
    assert terms(condition) == expected


def test_terms_know_their_place_and_equal_words_are_equal_terms() -> None:
    """Spaces and comments make no difference to what a term is; its place is in the policy's text."""
    text = policy("when { context.a  ==\n 1 && context.b }")
    (one,) = read_parts([text])
    (two,) = read_parts([policy("when { context.b && (context.a == 1) }")])
    assert one.keys == two.keys
    assert [text[term.start : term.end] for term in one.terms] == [term.text for term in one.terms]


def applies(text: str, context: dict[str, Any]) -> bool:
    request = {"principal": 'S::"s"', "action": 'A::"a"', "resource": 'S::"r"', "context": context}
    return bool(cedarpy.is_authorized(request, text, "[]").decision == cedarpy.Decision.Allow)


CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        st.tuples(inner, inner, inner).map(lambda parts: "(if {} then {} else {})".format(*parts)),
    ),
    max_leaves=8,
)


@given(
    st.lists(st.tuples(st.sampled_from(["when", "unless"]), CONDITIONS), max_size=3),
    st.fixed_dictionaries(dict.fromkeys("abc", st.booleans())),
)
@settings(max_examples=effort(200))
def test_a_policy_applies_exactly_when_its_terms_say_so(
    clauses: list[tuple[str, str]], context: dict[str, bool]
) -> None:
    """Every term of `when` holds and none of `unless`: then the policy applies, and else not."""
    whole = policy(" ".join(f"{kind} {{ {text} }}" for kind, text in clauses))
    (parts,) = read_parts([whole])
    by_terms = all(
        applies(policy(f"when {{ {term.text} }}"), context) == (term.kind == "when") for term in parts.terms
    )
    assert applies(whole, context) == by_terms, json.dumps(context)
