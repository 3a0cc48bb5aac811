"""The schema is parsed, and its mistakes are named."""

from __future__ import annotations

import pytest

from policies.calls.language.checking import inspect
from policies.calls.language.errors import PolicyError
from policies.calls.language.schema import actions_of, context_faults, parse_schema
from tests.support.governance.policy_files import schema_source, source

USE = 'entity Service;\naction "%s" appliesTo {principal: Service, resource: Service};'


def nested(depth: int) -> str:
    return "type T = " + "Set<" * depth + "Long" + ">" * depth + ";\n"


def test_the_actions_of_a_schema_are_listed_by_name() -> None:
    """Also one whose name has to be quoted and escaped."""
    assert actions_of(parse_schema(schema_source())) == ("erase", "reason")
    text = 'entity S; action "b", "a \\"quoted\\" one" appliesTo {principal: S, resource: S};'
    assert actions_of(parse_schema(source(text))) == ('a "quoted" one', "b")


@pytest.mark.parametrize(
    ("written", "name"),
    [("don't-ask", "don't-ask"), ("a\\u{1}", "a\x01"), ("q\\n\\0", "q\n\0"), ("\\u{1f600}é", "\U0001f600é")],
)
def test_an_action_may_have_any_name(written: str, name: str) -> None:
    """Cedar prints some characters with escapes that JSON has not."""
    assert actions_of(parse_schema(source(USE % written))) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "// " + "(" * 200 + "\n" + USE % "a",
        USE % ("(" * 200),
        nested(60) + USE % "a",
        "// " + ")" * 200 + "\n" + nested(60) + USE % "a",
        '@doc("{{{")\n' * 1 + USE % "a",
    ],
)
def test_brackets_that_are_none_count_for_nothing(text: str) -> None:
    """In comments, names and annotations."""
    assert len(actions_of(parse_schema(source(text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        nested(10_000),
        "// " + ")" * 10_010 + "\n" + nested(10_000),
        '@doc(")))))")\n' * 3_000 + nested(10_000),
        ")" * 10_010 + nested(10_000),
        "type T = " + "{a: " * 200 + "Long" + "}" * 200 + ";",
    ],
)
def test_deep_nesting_never_reaches_the_parser(text: str) -> None:
    """Whatever closes before it, in comments, strings or out of place: the parser would end the process."""
    with pytest.raises(PolicyError, match="nested too deeply"):
        parse_schema(source(text + USE % "a"))


@pytest.mark.parametrize(
    ("schema", "place", "message"),
    [
        ("entity Service\n  = {a: Nope};", (2, 9), "failed to resolve type: Nope"),
        ("// Nope, Nope\nentity Service = {Nope: Long, a: Nope};", (2, 34), "failed to resolve type: Nope"),
        (
            "entity A;\n\taction x appliesTo {principal: B, resource: A};",
            (2, 33),
            "failed to resolve type: B",
        ),
        ("entity Service // action\n  action x;", (2, 3), "unexpected token `action`"),
        ("entity A;\nentity B; }", (2, 11), "unexpected token `}`"),
        ("entity A;\n  entity B;\nentity A;", (3, 8), "`A` is declared twice"),
        ('action a;\naction b, "a";', (2, 11), "`a` is declared twice"),
        ("entity S;\naction x in [y];", (2, 14), "undeclared action"),
        ('entity S;\naction "a\\q";', (2, 8), "Invalid escape codes"),
        ("entity A;\ntype T = T;", (2, 6), "cycle in common type references"),
        ("entity S;\naction x appliesTo {principal: S};", (2, 8), "missing `resource` declaration"),
        ("entity A", (1, 9), "unexpected end of input"),
        ('entity A;\naction "x', (2, 8), "this string has no closing quote"),
    ],
)
def test_a_fault_has_its_line_and_column(schema: str, place: tuple[int, int], message: str) -> None:
    """Not the first place at which the same word stands, such as in a comment."""
    with pytest.raises(PolicyError) as caught:
        parse_schema(source(schema, "schema.cedarschema"))
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == place


def test_a_large_schema_is_refused() -> None:
    """Counted in bytes."""
    with pytest.raises(PolicyError, match="too large"):
        parse_schema(source("//" + "é" * 200_000))


GOOD = "environment: String, time: datetime, proven: Bool"
ABOUT = "principal: Service, resource: Service, context"


@pytest.mark.parametrize(
    "context",
    [
        GOOD,
        f"{GOOD}, tenant?: String, attributes?: {{a: Long}}",
        "environment?: String, time?: datetime, proven?: Bool, other?: Long",
    ],
)
def test_a_context_may_leave_out_what_not_every_request_has(context: str) -> None:
    """Requests about such an action can fit."""
    text = f"entity Service; action a appliesTo {{{ABOUT}: {{{context}}}}};"
    assert list(context_faults(source(text))) == []


@pytest.mark.parametrize(
    ("applies", "why"),
    [
        (f"principal: Other, resource: Service, context: {{{GOOD}}}", "its principal is no `Service`"),
        (f"principal: Service, resource: [Other], context: {{{GOOD}}}", "its resource is no `Service`"),
        ("principal: Service, resource: Service", "its context has no `environment`"),
        (f"{ABOUT}: {{environment: String}}", "its context has no `time`"),
        (f"{ABOUT}: {{environment: String, time: datetime}}", "its context has no `proven`"),
        (
            f"{ABOUT}: {{environment: Long, time: datetime}}",
            "`environment` in its context is no String",
        ),
        (f"{ABOUT}: {{{GOOD}, tenant: String}}", "`tenant` in its context is not always there"),
        (f"{ABOUT}: {{{GOOD}, tenant?: Long}}", "`tenant` in its context is no String"),
        (f"{ABOUT}: {{{GOOD}, attributes: {{}}}}", "has to be optional"),
        (f"{ABOUT}: {{{GOOD}, attributes?: Long}}", "`attributes` in its context is no record"),
        (f"{ABOUT}: {{{GOOD}, purpose: String}}", "nobody sends `purpose` in its context"),
    ],
)
def test_a_schema_has_to_fit_the_context_that_the_function_makes(applies: str, why: str) -> None:
    """Published, it would deny every call about the action; so it is an error, at the action. GOV-5"""
    text = f"entity Service; entity Other;\naction fine;\n  action odd appliesTo {{{applies}}};"
    (fault,) = inspect(source(text, "s.cedarschema"), []).faults
    assert why in fault.message
    assert (fault.line, fault.column) == (3, 10)
