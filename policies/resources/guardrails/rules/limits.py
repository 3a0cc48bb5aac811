"""Nothing needs more than AWS takes."""

from __future__ import annotations

from collections.abc import Iterator

from ...findings.severity import Severity
from ...graph.values import UNKNOWN
from ...terraform.policy_documents import document_of
from ..aws_limits import EXECUTIONS, LIMITS, RULES_OF_GROUP, RULES_OF_LISTENER, AwsLimit, LimitMeasure
from ..openings import GROUPS, openings
from ..openings import RULES as GROUP_RULES
from ..rule import Guardrail, Reach
from ..subject import NotConcernedError, NotKnownError, Subject

_LISTENER_RULE = "aws_lb_listener_rule"
COUNTED = (*(limit.kind for limit in LIMITS if limit.measure is LimitMeasure.RESOURCES), EXECUTIONS.kind)
"""Of these the first in a graph is judged together with all others of its type (related.py)."""


def _limits(subject: Subject) -> str | None:
    concerned, unknown = False, ""
    for limit, count in _counts(subject):
        concerned = True
        if count is None:
            unknown = limit.attribute
        elif count > limit.most:
            return exceeded(limit, count)
    if unknown:
        raise NotKnownError(unknown)
    if not concerned:
        raise NotConcernedError
    return None


def exceeded(limit: AwsLimit, count: int) -> str:
    """What is said of a limit that is exceeded: the number, the limit and the way out."""
    more = ", by default" if limit.raisable else ""
    return f"{count} {limit.of}, and AWS takes {limit.most}{more} ({limit.page}): {limit.way_out}"


def _counts(subject: Subject) -> Iterator[tuple[AwsLimit, int | None]]:
    """What a resource has of each that is limited; None where it is not known."""
    for limit in LIMITS:
        if limit.kind != subject.kind:
            continue
        if limit.measure is LimitMeasure.RESOURCES:
            others = [one for one in subject.related if one.kind == subject.kind]
            if others:
                yield limit, len(others) + 1
        else:
            yield from ((limit, count) for count in _measured(subject, limit))
    if subject.kind in GROUPS:
        yield from ((RULES_OF_GROUP, count) for count in _rules_of_group(subject))
    elif subject.kind == RULES_OF_LISTENER.kind:
        yield RULES_OF_LISTENER, sum(one.kind == _LISTENER_RULE for one in subject.related)
    elif subject.kind == EXECUTIONS.kind:
        yield from ((EXECUTIONS, count) for count in _executions(subject))


def _measured(subject: Subject, limit: AwsLimit) -> Iterator[int | None]:
    value = subject.attributes.raw(limit.attribute)
    if value is None:
        return
    if value is UNKNOWN:
        yield None
    elif limit.measure is LimitMeasure.ITEMS:
        yield len(subject.attributes.items(limit.attribute))
    else:
        yield _length(value, limit.measure)


def _length(value: object, measure: LimitMeasure) -> int | None:
    if measure is LimitMeasure.BYTES:
        return len(str(value).encode())
    text = value if isinstance(value, str) else str(document_of(value))
    return len("".join(text.split()))


def _rules_of_group(subject: Subject) -> Iterator[int]:
    """Those in its own attributes and those beside it, each way."""
    members = [subject, *(one for one in subject.related if one.kind in GROUP_RULES)]
    found = [opening.egress for one in members for opening in openings(one)]
    if found:
        yield max(sum(found), len(found) - sum(found))


def _executions(subject: Subject) -> Iterator[int]:
    """What it and all other functions reserve."""
    functions = [subject, *(one for one in subject.related if one.kind == subject.kind)]
    reserved = [one.attributes.number(EXECUTIONS.attribute) for one in functions]
    found = [number for number in reserved if number is not None and number > 0]
    if found:
        yield sum(found)


AWS_LIMITS = Guardrail(
    id="CKV_MYELIN_19",
    name="within-aws-limits",
    title="Ensure that nothing needs more than AWS takes",
    hint="the finding names the number, the limit and what to do",
    reach=Reach.ANYBODY,
    kinds=(
        *dict.fromkeys(limit.kind for limit in LIMITS),
        *GROUPS,
        RULES_OF_LISTENER.kind,
        EXECUTIONS.kind,
    ),
    judge=_limits,
    severity=Severity.HIGH,
)
