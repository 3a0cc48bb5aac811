"""Each rule of the platform as a checkov check on Terraform plans.

Importing this registers them, as `checkov --external-checks-dir policies/resources/checkov` does.
`myelin check` needs them not: it judges by the same rules what the Pulumi program said.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

if not __package__:
    # checkov loads this file by its path, which does not say which package it is in
    _inside = Path(__file__).resolve().parents[1]
    _name = "policies.resources" if _inside.name == "resources" else _inside.name
    sys.path.append(str(_inside.parents[_name.count(".")]))
    __package__ = f"{_name}.checkov"
    import_module(__package__)

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from ..graph.values import UNKNOWN
from ..guardrails.catalogue import RULES
from ..guardrails.rule import Guardrail
from ..guardrails.rules.tags import taggable
from ..guardrails.subject import Attributes, NotConcernedError, NotKnownError, Subject

AFTER_UNKNOWN = "true_after_unknown"
"""What checkov puts in the place of values that only a deployment brings, where it is told to."""


class RuleCheck(BaseResourceCheck):
    """A rule as a check; what is wrong is in the record's details."""

    def __init__(self, rule: Guardrail) -> None:
        """Register the check under the rule's id."""
        super().__init__(
            name=rule.title,
            id=rule.id,
            categories=[CheckCategories.CONVENTION],
            supported_resources=list(rule.kinds),
            guideline=rule.hint,
        )
        self.rule = rule

    def scan_resource_conf(self, conf: Mapping[str, Any]) -> CheckResult:
        """Judge one resource of the plan."""
        subject = Subject(
            kind=self.entity_type,
            attributes=Attributes(plain(conf), str),
            taggable=taggable(self.entity_type),
            today=datetime.now(UTC).date(),
        )
        try:
            fault = self.rule.judge(subject)
        except (NotConcernedError, NotKnownError):
            return CheckResult.UNKNOWN
        self.details = [fault] if fault else []
        return CheckResult.FAILED if fault else CheckResult.PASSED


def plain(value: Any) -> Any:
    """Checkov's reading of a plan with `UNKNOWN` where it has its own sign for that."""
    if value == AFTER_UNKNOWN:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


CHECKS = tuple(RuleCheck(rule) for rule in RULES)
