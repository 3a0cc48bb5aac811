"""Metric math: what is evaluated, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.metrics.expressions import ExpressionError, parse_expression


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("a + 2 * b", {"a": [1], "b": [3]}, [7]),
        ("-(a - b) / 2", {"a": [1], "b": [3]}, [1]),
        ("a / b", {"a": [1], "b": [0]}, [None]),
        ("a / b", {"a": [1, None], "b": [None, 2]}, [None, None]),
        ("a >= 2", {"a": [1, 2, None]}, [0, 1, None]),
        ("IF(r >= 20, 100 * e / r, 0)", {"r": [20, 19, 0, None], "e": [1, 5, 0, 3]}, [5, 0, 0, None]),
        ("FILL(a, 0)", {"a": [None, 2, None]}, [0, 2, 0]),
        ("FILL(a, 0)", {"a": [None, None]}, [None, None]),
        ("FILL(a / b, 9)", {"a": [1, 1], "b": [0, 1]}, [9, 1]),
        ("MAX([a, b])", {"a": [1, None, None], "b": [2, 3, None]}, [2, 3, None]),
        ("MIN([a, b]) + SUM([a, b]) + ABS(a)", {"a": [-1], "b": [2]}, [1]),
    ],
)
def test_a_value_for_each_period(
    text: str, values: dict[str, list[float | None]], result: list[float | None]
) -> None:
    """Missing operands and divisions by zero leave a period without one."""
    assert parse_expression(text).evaluate(values) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "SEARCH('x', 'Sum', 60)",
        "a ** 2",
        "a and b",
        "IF(a, b)",
        "MAX(a)",
        "a.b",
        "a[0]",
        "'a'",
        "f(a)",
        "a < b < c",
        "lambda: 1",
        "True + a",
        "(" * 40 + "a" + ")" * 40 + "+" * 40 + "a",
        "a" * 1025,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """It would be evaluated otherwise than by CloudWatch, or not at all."""
    with pytest.raises(ExpressionError):
        parse_expression(text)


def test_it_knows_the_metrics_that_it_names() -> None:
    """An alarm that lacks one is refused."""
    assert parse_expression("IF(a > 1, b / c, 0)").ids == {"a", "b", "c"}


@given(st.text(alphabet="ab01 +-*/()[],.<>=IFMAXFILL'\\", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    """It is an expression, or refused; what is one has a value or none."""
    try:
        found = parse_expression(text)
    except ExpressionError:
        return
    for value in found.evaluate({"a": [1.0], "b": [None]}):
        assert value is None or isinstance(value, float | int)
