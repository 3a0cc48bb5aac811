"""The policy pack that `pulumi up --policy-pack policies/resources/guardrails` runs.

Rules about any AWS resource are mandatory. The platform's conventions are mandatory in its own project, and
advisory elsewhere. `--policy-pack-config` can set the level of each by its name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

if not __package__:
    # Pulumi runs this file by its path, which does not say which package it is in
    _inside = Path(__file__).resolve().parents[1]
    _name = "policies.resources" if _inside.name == "resources" else _inside.name
    sys.path.append(str(_inside.parents[_name.count(".")]))
    __package__ = f"{_name}.guardrails"
    import_module(__package__)

import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from ..findings.severity import Severity
from ..graph.values import UNKNOWN
from .catalogue import RULES
from .evaluation import kind_of, subject_of
from .rule import Guardrail, Reach
from .subject import NotConcernedError, NotKnownError

PROJECT = "myelin"


def policy(rule: Guardrail) -> ResourceValidationPolicy:
    """One rule as a policy of the pack."""

    def validate(args: Any, report_violation: Any) -> None:
        if not args.resource_type.startswith("aws:") or not rule.speaks_of(kind_of(args.resource_type)):
            return
        today = datetime.now(UTC).date()
        try:
            fault = rule.judge(subject_of(args.resource_type, known_or_not(args.props), today))
        except NotConcernedError:
            return
        except NotKnownError as error:
            args.not_applicable(str(error))
            return
        if fault:
            report_violation(f"{fault} ({rule.id}: {rule.hint})")

    return ResourceValidationPolicy(
        name=rule.name,
        description=rule.title,
        validate=validate,
        enforcement_level=level(rule, pulumi.get_project()),
        remediation_steps=rule.hint,
    )


def level(rule: Guardrail, project: str) -> EnforcementLevel:
    """How strict a rule is in a project."""
    binding = project == PROJECT or (rule.reach is Reach.ANYBODY and rule.severity is not Severity.LOW)
    return EnforcementLevel.MANDATORY if binding else EnforcementLevel.ADVISORY


def known_or_not(value: Any) -> Any:
    """A copy of the engine's properties with `UNKNOWN` wherever looking would raise."""
    if isinstance(value, Mapping):
        return {name: _looked_at(value, name) for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_looked_at(value, index) for index in range(len(value))]
    return value


def _looked_at(container: Any, key: Any) -> Any:
    try:
        return known_or_not(container[key])
    except UnknownValueError:
        return UNKNOWN


if __name__ == "__main__":
    PolicyPack(
        name="myelin-guardrails",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[policy(rule) for rule in RULES],
    )
