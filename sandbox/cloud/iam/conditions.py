"""Condition operators of IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.cloud.iam.context import Context, Missing
from sandbox.cloud.iam.patterns import exactly, like, like_arn
from sandbox.cloud.iam.truth import Truth, every, flipped, some

Compare = Callable[[str, str, Context | None], Truth]
"""Whether a value (second) is what a policy wants (first)."""


@dataclass(frozen=True, slots=True)
class PolicyCondition:
    """One operator with one key, and the values of which one has to match."""

    operator: str
    key: str
    wanted: tuple[str, ...]

    def holds(self, context: Context, *, variables: bool) -> Truth:
        """Whether the condition is met. None: the operator is not known here, or the key's value is not."""
        quantifier, _, operator = self.operator.rpartition(":")
        found = context.find(self.key)
        if found is Missing.UNKNOWN:
            return None
        values = () if found is Missing.ABSENT else found
        if operator == "Null":
            return _is_null(self.wanted, absent=not values) if not quantifier else None
        optional = operator.endswith("IfExists")
        operator = operator.removesuffix("IfExists")
        if optional and not values:
            return True
        negated = operator in _NEGATED
        compare = OPERATORS.get(_NEGATED.get(operator, operator))
        if compare is None:
            return None
        of_variables = context if variables else None

        def wanted(value: str) -> Truth:
            answer = some(compare(one, value, of_variables) for one in self.wanted)
            return flipped(answer) if negated else answer

        match quantifier:
            case "" if not values:
                return negated
            case "" if len(values) == 1:
                return wanted(values[0])
            case "ForAllValues":
                return every(wanted(value) for value in values)
            case "ForAnyValue":
                return some(wanted(value) for value in values)
            case _:  # another quantifier, or several values for an operator that takes one
                return None

    def __str__(self) -> str:
        """Operator and key, as messages name a condition."""
        return f"{self.operator} {self.key}"


def _is_null(wanted: tuple[str, ...], *, absent: bool) -> Truth:
    told = {one.lower() for one in wanted}
    return str(absent).lower() in told if told <= {"true", "false"} else None


def _string(wanted: str, value: str, context: Context | None) -> Truth:
    if context is None or "${" not in wanted:
        return wanted == value
    return exactly(wanted, value, context)


def _ignoring_case(wanted: str, value: str, context: Context | None) -> Truth:
    if context is not None and "${" in wanted:
        return None
    return wanted.casefold() == value.casefold()


def _boolean(wanted: str, value: str, _context: Context | None) -> Truth:
    return wanted.lower() == value.lower() if wanted.lower() in {"true", "false"} else None


def _number(compare: Callable[[float, float], bool]) -> Compare:
    def number(wanted: str, value: str, _context: Context | None) -> Truth:
        try:
            limit = float(wanted)
        except ValueError:
            return None
        try:
            return compare(float(value), limit)
        except ValueError:
            return False

    return number


def _date(compare: Callable[[float, float], bool]) -> Compare:
    def date(wanted: str, value: str, _context: Context | None) -> Truth:
        limit, told = _moment(wanted), _moment(value)
        if limit is None:
            return None
        return told is not None and compare(told, limit)

    return date


def _moment(text: str) -> float | None:
    """ISO 8601, or seconds since 1970."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _address(wanted: str, value: str, _context: Context | None) -> Truth:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return None
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


OPERATORS: dict[str, Compare] = {
    "StringEquals": _string,
    "StringEqualsIgnoreCase": _ignoring_case,
    "StringLike": like,
    "ArnEquals": like_arn,  # AWS treats it as ArnLike
    "ArnLike": like_arn,
    "Bool": _boolean,
    "NumericEquals": _number(lambda value, limit: value == limit),
    "NumericLessThan": _number(lambda value, limit: value < limit),
    "NumericLessThanEquals": _number(lambda value, limit: value <= limit),
    "NumericGreaterThan": _number(lambda value, limit: value > limit),
    "NumericGreaterThanEquals": _number(lambda value, limit: value >= limit),
    "DateEquals": _date(lambda value, limit: value == limit),
    "DateLessThan": _date(lambda value, limit: value < limit),
    "DateLessThanEquals": _date(lambda value, limit: value <= limit),
    "DateGreaterThan": _date(lambda value, limit: value > limit),
    "DateGreaterThanEquals": _date(lambda value, limit: value >= limit),
    "IpAddress": _address,
}
"""What is known here, beside `Null` and the negations; of IAM's operators, BinaryEquals is not."""

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
