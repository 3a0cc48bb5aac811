"""Rules of composite alarms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.alarms.definitions import AlarmState
from sandbox.cloud.alarms.rules import MAX_CHILDREN, RuleError, parse_rule

OK, RED, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("text", "states", "holds"),
    [
        # AWS's examples of AlarmRule
        ("ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)", "RR-", True),
        ("ALARM(CPUUtilizationTooHigh) AND ALARM(DiskReadOpsTooHigh)", "RO-", False),
        ("ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DiskReadOpsTooHigh)", "RO-", True),
        ("ALARM(CPUUtilizationTooHigh) AND NOT ALARM(DiskReadOpsTooHigh)", "RR-", False),
        (
            "(ALARM(CPUUtilizationTooHigh) OR ALARM(DiskReadOpsTooHigh)) AND OK(NetworkOutTooHigh)",
            "ORO",
            True,
        ),
        (
            "(ALARM(CPUUtilizationTooHigh) OR ALARM(DiskReadOpsTooHigh)) AND OK(NetworkOutTooHigh)",
            "ORR",
            False,
        ),
        ("TRUE", "---", True),
        ("FALSE OR INSUFFICIENT_DATA(NetworkOutTooHigh)", "--U", True),
        # AND binds closer than OR, NOT closest
        ("ALARM(CPUUtilizationTooHigh) OR ALARM(DiskReadOpsTooHigh) AND FALSE", "RO-", True),
        ("NOT TRUE OR TRUE", "---", True),
        ('ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:CPUUtilizationTooHigh")', "R--", True),
    ],
)
def test_a_rule_is_true_or_not(text: str, states: str, holds: bool) -> None:
    """Of the states of the alarms that it names."""
    named = dict(
        zip(("CPUUtilizationTooHigh", "DiskReadOpsTooHigh", "NetworkOutTooHigh"), states, strict=True)
    )
    words = {"R": RED, "O": OK, "U": UNKNOWN}
    assert parse_rule(text).holds({name: words[each] for name, each in named.items() if each != "-"}) is holds


def test_children_are_named_once_in_order() -> None:
    """With spaces and slashes in quotes."""
    assert parse_rule('ALARM("dev/a b") OR (OK(c) AND NOT ALARM("dev/a b"))').children == ("dev/a b", "c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ALARM(a",
        "ALARM(a) ALARM(b)",
        "AND",
        "ALARM(a) OR",
        "(ALARM(a)",
        "ALARM()",
        "alarm a",
        "NOT" * 3,
        "NOT " * 60 + "TRUE",
        "x" * 10_241,
        " OR ".join(f"ALARM(a{n})" for n in range(MAX_CHILDREN + 1)),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """PutCompositeAlarm says why."""
    with pytest.raises(RuleError):
        parse_rule(text)


_LEAVES = st.sampled_from(["TRUE", "FALSE", "ALARM(a)", 'OK("a")', "INSUFFICIENT_DATA(b)"])
_RULES = st.recursive(
    _LEAVES,
    lambda inner: (
        inner.map(lambda one: f"NOT ({one})")
        | st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda parts: f"({' '.join(parts)})")
    ),
    max_leaves=12,
)


@given(_RULES, st.sampled_from(list(AlarmState)), st.sampled_from(list(AlarmState)))
def test_it_is_what_python_says_of_the_same_words(text: str, a: AlarmState, b: AlarmState) -> None:
    """A second evaluator: the words replaced by values."""
    words = {
        "ALARM(a)": a is RED,
        'OK("a")': a is OK,
        "INSUFFICIENT_DATA(b)": b is UNKNOWN,
        "TRUE": True,
        "FALSE": False,
        "NOT": "not",
        "AND": "and",
        "OR": "or",
    }
    spoken = text
    for word, value in words.items():
        spoken = spoken.replace(word, f" {value} ")
    assert parse_rule(text).holds({"a": a, "b": b}) is eval(spoken.strip())
