"""Metric math, as far as our alarms and dashboards need it. Pure.

Numbers, ids of metrics, `+ - * /`, comparisons (1 or 0), `IF(condition, then, else)`, `FILL(metric, number)`,
`MAX([...])`, `MIN([...])`, `SUM([...])`, `ABS(x)`. A period in which an operand has no value has
none; so has a division by zero. FILL fills gaps: a metric without a value in all periods that are asked about
stays so. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Value = float | None
"""A value of one period; None where there is none."""

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LISTS: Mapping[str, Callable[[list[float]], float]] = {"MAX": max, "MIN": min, "SUM": sum}
_ARITIES: Mapping[str, int] = {"IF": 3, "FILL": 2, "ABS": 1}
_MAX_LENGTH = 1024
_MAX_DEPTH = 32


class ExpressionError(ValueError):
    """An expression that the sandbox does not evaluate."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `ids` are the metrics that it names."""

    text: str
    ids: frozenset[str]
    _tree: ast.expr

    def evaluate(self, values: Mapping[str, Sequence[Value]]) -> list[Value]:
        """Its values by period, given those of the metrics: as many of each, at least one metric."""
        present = {name: value for name, value in values.items() if any(each is not None for each in value)}
        count = max(map(len, values.values()))
        return [
            _evaluate(self._tree, {name: value[number] for name, value in present.items()})
            for number in range(count)
        ]


@functools.lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Parse an expression; raises ExpressionError with what is not evaluated."""
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(f"a metric math expression of more than {_MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"the metric math `{text}` cannot be read") from None
    ids: set[str] = set()
    _check(tree, ids, text, 0)
    return Expression(text, frozenset(ids), tree)


def _check(node: ast.expr, ids: set[str], text: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ExpressionError(f"the metric math `{text}` is nested too deeply")
    if isinstance(node, ast.Name):
        ids.add(node.id)
    for operand in _operands(node, text):
        _check(operand, ids, text, depth + 1)


def _operands(node: ast.expr, text: str) -> list[ast.expr]:
    """The parts of a term; raises ExpressionError for a term of another kind."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Name() | ast.Constant(value=int() | float()):
            return []
        case ast.UnaryOp(op=ast.USub()):
            return [node.operand]
        case ast.BinOp() if type(node.op) in _BINARY:
            return [node.left, node.right]
        case ast.Compare(ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return [node.left, right]
        case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=listed)]) if name in _LISTS:
            return listed
        case ast.Call(func=ast.Name(id=name), keywords=[]) if _ARITIES.get(name) == len(node.args):
            return node.args
    raise ExpressionError(f"the sandbox does not evaluate `{ast.unparse(node)}` in `{text}`")


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name():
            return values.get(node.id)
        case ast.UnaryOp():
            operand = _evaluate(node.operand, values)
            return None if operand is None else -operand
        case ast.BinOp():
            left, right = _evaluate(node.left, values), _evaluate(node.right, values)
            if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
                return None
            return _BINARY[type(node.op)](left, right)
        case ast.Compare(ops=[op], comparators=[other]):
            left, right = _evaluate(node.left, values), _evaluate(other, values)
            return None if left is None or right is None else float(_COMPARISONS[type(op)](left, right))
        case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=listed)]):
            found = [value for item in listed if (value := _evaluate(item, values)) is not None]
            return _LISTS[name](found) if found else None
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, node.args, values)
    raise ExpressionError(f"the sandbox does not evaluate `{ast.unparse(node)}`")


def _call(name: str, arguments: list[ast.expr], values: Mapping[str, Value]) -> Value:
    first = _evaluate(arguments[0], values)
    match name:
        case "IF":
            return None if first is None else _evaluate(arguments[1 if first else 2], values)
        case "FILL":
            known = not isinstance(arguments[0], ast.Name) or arguments[0].id in values
            return _evaluate(arguments[1], values) if first is None and known else first
        case _:
            return None if first is None else abs(first)
