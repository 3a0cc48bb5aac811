"""Policies are documents that AWS accepts, of actions that there are."""

from __future__ import annotations

from ...findings.severity import Severity
from ...graph.values import UNKNOWN
from ..iam_actions import fault_of_action
from ..iam_policies import listed, policies_of
from ..rule import Guardrail, Reach
from ..subject import NotConcernedError, NotKnownError, Subject

_ACTIONS = ("Action", "NotAction")
_MOST = 3


def _malformed(subject: Subject) -> str | None:
    policies = list(policies_of(subject))
    if not policies:
        raise NotConcernedError
    for policy in policies:
        if policy.fault:
            return f"`{policy.property}` {policy.fault}"
    for policy in policies:
        if policy.value is UNKNOWN:
            raise NotKnownError(policy.property)
    return None


def _actions(subject: Subject) -> str | None:
    policies = [policy for policy in policies_of(subject) if policy.fault is None]
    if not policies:
        raise NotConcernedError
    faults: dict[str, None] = {}
    unknown = ""
    for policy in policies:
        try:
            for statement in policy.statements():
                for action in (item for name in _ACTIONS for item in listed(statement.get(name))):
                    if action is UNKNOWN:
                        unknown = policy.property
                    elif fault := fault_of_action(str(action)):
                        faults[fault] = None
        except NotKnownError:
            unknown = policy.property
    if faults:
        more = f"; and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        return "; ".join(list(faults)[:_MOST]) + more
    if unknown:
        raise NotKnownError(unknown)
    return None


WELL_FORMED_POLICY = Guardrail(
    id="CKV_MYELIN_17",
    name="policy-well-formed",
    title="Ensure that IAM policies are documents that AWS accepts",
    hint="write a JSON object with a list of statements, each with `Effect`, `Action` and `Resource`",
    reach=Reach.ANYBODY,
    kinds=("aws_*",),
    judge=_malformed,
    severity=Severity.HIGH,
)
EXISTING_ACTIONS = Guardrail(
    id="CKV_MYELIN_15",
    name="policy-actions-exist",
    title="Ensure that IAM policies name actions that there are",
    hint="one that there is not does nothing; the service authorization reference has them all",
    reach=Reach.ANYBODY,
    kinds=("aws_*",),
    judge=_actions,
    severity=Severity.MEDIUM,
)
