"""The client of governance: asks whether a service may do something, and denies without a valid answer.

    governance = Governance.connect(function=arn, region="eu-central-1")
    decision = governance.decide(CallQuestion(service="orders", intent="charge", target="payments"))
    if decision.allowed: ...

`AsyncGovernance` is the same for an event loop. Neither raises: what prevents a decision is a denial.
"""

from __future__ import annotations

from services.runtime.governance.client import AsyncGovernance, Governance
from services.runtime.governance.decision import CallQuestion, Decision, denied
from services.runtime.governance.memory import DecisionCache
from services.runtime.governance.reason_codes import UNAVAILABLE

__all__ = [
    "UNAVAILABLE",
    "AsyncGovernance",
    "CallQuestion",
    "Decision",
    "DecisionCache",
    "Governance",
    "denied",
]
