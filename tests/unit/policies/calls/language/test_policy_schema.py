"""The schema is parsed, and its mistakes are named."""

from __future__ import annotations

import pytest

from policies.calls.language.errors import PolicyError
from policies.calls.language.schema import actions_of, parse_schema
from tests.support.governance.policy_files import schema_source, source


def test_the_actions_of_a_schema_are_listed_by_name() -> None:
    """Also one whose name has to be quoted and escaped."""
    assert actions_of(parse_schema(schema_source())) == ("erase", "reason")
    text = 'entity S; action "b", "a \\"quoted\\" one" appliesTo {principal: S, resource: S};'
    assert actions_of(parse_schema(source(text))) == ('a "quoted" one', "b")


@pytest.mark.parametrize(
    ("schema", "line", "message"),
    [
        ("entity Service\n  = {a: Nope};", 2, "the schema does not parse: failed to resolve type: Nope"),
        ("entity " + "(" * 100, 1, "the schema is too large or nested too deeply"),
        ("//" + "x" * 300_000, 1, "the schema is too large or nested too deeply"),
    ],
)
def test_a_bad_schema_is_named(schema: str, line: int, message: str) -> None:
    """Faults of the schema have a place too."""
    with pytest.raises(PolicyError) as caught:
        parse_schema(source(schema, "schema.cedarschema"))
    assert caught.value.message.startswith(message)
    assert caught.value.line is not None
    assert caught.value.line <= line
