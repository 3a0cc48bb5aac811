"""Two versions, compared for every input."""

from __future__ import annotations

from typing import Any

import pytest

from policies.calls.language.cases import NOON
from policies.calls.proving.decisions import MAX_RULES, AskedVersion, Comparison, Difference
from policies.calls.proving.not_understood import NotUnderstoodError
from policies.calls.versions.documents import Rule
from tests.support.governance.random_conditions import SCHEMA, policy_text


def version(*rules: tuple[str, str, str], schema: str = SCHEMA, known: bool = True) -> AskedVersion:
    made = tuple(
        Rule(id=name, effect="permit" if effect == "permit" else "forbid", reason="r", text=text)
        for name, effect, text in (
            (name, effect, policy_text(name, effect, when)) for name, effect, when in rules
        )
    )
    return AskedVersion(schema=schema, rules=made, target="axon", known=known)


def found(before: AskedVersion, after: AskedVersion) -> dict[Difference, Any]:
    comparison = Comparison("orbit", "erase", (before, after), environments=("dev", "prod"), at=NOON)
    kinds: tuple[Difference, ...] = ("opens", "closes", "reason")
    return {kind: model for kind in kinds if (model := comparison.find(kind)) is not None}


MAY = ("may", "permit", "true")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (version(MAY), version(MAY), set()),
        (version(), version(MAY), {"opens"}),
        (version(MAY), version(MAY, ("no", "forbid", "context has tenant")), {"closes"}),
        (version(MAY), version(("other", "permit", "1 == 1")), {"reason"}),
        (version(MAY), version(("may", "permit", "1 == 1")), set()),
        (version(), version(("no", "forbid", "true")), {"reason"}),
        (version(MAY), version(MAY, ("odd", "permit", 'context.tenant == "a"')), {"closes", "reason"}),
        (version(MAY), version(known=False), {"closes"}),
        (version(), version(known=False), {"reason"}),
        (version(MAY), version(("may", "permit", "context.attributes.size * 0 == 0")), {"closes"}),
    ],
)
def test_every_kind_of_difference_is_found_and_no_other(
    before: AskedVersion, after: AskedVersion, kinds: set[str]
) -> None:
    """Also where a policy fails, and where a version does not know what is asked about."""
    assert found(before, after).keys() == kinds


def test_a_schema_that_names_another_field_differs_for_inputs_with_it() -> None:
    """What does not fit the schema is denied, whatever the policies say."""
    wider = SCHEMA.replace("name?: String,", "name?: String, extra?: Long,")
    opened = found(version(MAY), version(MAY, schema=wider))["opens"]
    assert "extra" in opened.attributes


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (version(MAY, schema=SCHEMA.replace("tenant?: String", "tenant?: Long")), "tenant"),
        (
            version(MAY, schema=SCHEMA.replace("principal: Service", "principal: Other") + "entity Other;"),
            "applies",
        ),
        (version(*((f"p{number}", "permit", "true") for number in range(MAX_RULES + 1))), "2000 policies"),
        (version(MAY, schema="no schema"), "schema"),
    ],
    ids=["tenant", "principal", "many", "schema"],
)
def test_what_is_not_understood_is_said(asked: AskedVersion, why: str) -> None:
    """Nothing is claimed of such a version."""
    with pytest.raises(NotUnderstoodError, match=why):
        found(version(), asked)
