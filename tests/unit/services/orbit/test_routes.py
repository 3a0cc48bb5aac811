from __future__ import annotations

import pytest

from services.orbit.routes import target_of
from services.runtime.settings import CallSettings


def declared(service: str, intent: str) -> CallSettings:
    return CallSettings(service=service, intent=intent, url=f"http://{service}:80", signing_secret="arn")


@pytest.mark.parametrize(
    ("calls", "intent", "target", "expected"),
    [
        ([("axon", "reason")], "reason", None, "axon"),
        ([("axon", "reason")], "erase", None, "axon"),
        ([("axon", "reason"), ("dendrite", "store")], "store", None, "dendrite"),
        ([("axon", "reason"), ("dendrite", "store")], "erase", None, None),
        ([("axon", "reason"), ("dendrite", "reason")], "reason", None, None),
        ([("axon", "reason"), ("dendrite", "reason")], "reason", "dendrite", "dendrite"),
        ([], "reason", None, None),
        ([], "reason", "anything", "anything"),
    ],
)
def test_the_target_is_found_or_asked_for(
    calls: list[tuple[str, str]], intent: str, target: str | None, expected: str | None
) -> None:
    """The one asked for, else the one declared for the intent, else the only one."""
    assert target_of([declared(*each) for each in calls], intent=intent, target=target) == expected
