"""A security group has its rules inline or as resources of their own; with both, each deployment undoes the
other.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
"""

from __future__ import annotations

from ...findings.severity import Severity
from ..openings import GROUPS, RULES, openings
from ..rule import Guardrail, Reach
from ..subject import Subject


def _mixed(subject: Subject) -> str | None:
    inline = {item.egress for item in openings(subject, as_written=True)} if subject.kind in GROUPS else set()
    others = [one for one in subject.related if one.kind in RULES]
    for other in others:
        for item in openings(other):
            if item.egress in inline:
                way = "egress" if item.egress else "ingress"
                return f"it has `{way}` inline, and {_counted(len(others))} of its own beside it"
    return None


def _counted(count: int) -> str:
    return "a rule" if count == 1 else f"{count} rules"


MIXED_RULES = Guardrail(
    id="CKV_MYELIN_13",
    name="inline-or-separate-rules",
    title="Ensure that a security group has its rules inline or separately, not both",
    hint="write all rules of the group in one form; each deployment removes those of the other",
    reach=Reach.ANYBODY,
    kinds=GROUPS,
    judge=_mixed,
    severity=Severity.MEDIUM,
)
