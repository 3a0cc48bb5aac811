"""Finds out which declared call a request means. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.settings import CallSettings


def target_of(calls: Sequence[CallSettings], *, intent: str, target: str | None) -> str | None:
    """The service that shall do `intent`: the one asked for, else the one declared for it, else the only one
    called.

    None when that leaves a choice.
    """
    if target is not None:
        return target
    declared = {call.service for call in calls if call.intent == intent}
    if len(declared) == 1:
        return declared.pop()
    callees = {call.service for call in calls}
    return callees.pop() if not declared and len(callees) == 1 else None
