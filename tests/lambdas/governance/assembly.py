"""Puts the decide function together for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from lambdas.governance.authorizer import Authorizer
from lambdas.governance.decide import Function
from lambdas.governance.masking import Masks
from lambdas.governance.telemetry import DecisionLog


def function_of(authorizer: Authorizer, masks: str = "context") -> Function:
    """What the handler needs, around an authorizer."""
    log = DecisionLog(environment="dev", masks=Masks.read(masks), now=lambda: datetime.now(UTC))
    return Function(authorizer=authorizer, log=log)
