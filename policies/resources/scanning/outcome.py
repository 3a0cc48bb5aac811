"""What a check says of a resource."""

from __future__ import annotations

from dataclasses import dataclass

from ..findings.values import Check, CheckVerdict
from ..graph.values import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """A check's verdict on a resource; `detail` says what is wrong, or what the verdict hangs on."""

    check: Check
    verdict: CheckVerdict
    resource: Resource
    detail: str = ""
