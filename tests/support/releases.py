"""Releases and recorded inputs to try things with."""

from __future__ import annotations

from typing import Any

from cli.releases.recorded_inputs import RecordedInputs
from cli.releases.release import Release, ReleaseEvent, ReleaseKind, ReleaseStart, ReleaseState, advance

AT = "2026-11-28T01:02:03.000+00:00"


def start(**other: Any) -> ReleaseStart:
    """How an ordinary release begins."""
    given: dict[str, Any] = {
        "kind": ReleaseKind.UP,
        "at": AT,
        "actor": "arn:aws:iam::123456789012:user/ada",
        "commit": "c" * 40,
        "clean": True,
        "graph": "g" * 64,
        "program": "p" * 64,
        "inputs": "i" * 64,
        "policy_folder": "f" * 64,
    }
    return ReleaseStart(**{**given, **other})


def event(state: ReleaseState, **other: Any) -> ReleaseEvent:
    """An event at the usual time."""
    return ReleaseEvent(**{"state": state, "at": AT, **other})


def release(number: int, *states: ReleaseState, **other: Any) -> Release:
    """A release that came into these states."""
    found = Release(number=number, start=start(**other))
    for state in states:
        found = advance(found, event(state))
    return found


def inputs(**other: Any) -> RecordedInputs:
    """Small inputs."""
    given: dict[str, Any] = {
        "settings": {"platform": {"myelin:allowHttp": "true"}},
        "images": {"axon": "sha256:" + "a" * 64},
        "declarations": {"axon": "port = 8080\n"},
        "policies": {"a.cedar": "permit (principal, action, resource);\n"},
        "policy_folder": "f" * 64,
    }
    return RecordedInputs(**{**given, **other})
