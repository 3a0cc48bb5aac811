"""Weights in listener rules: written once, known to be in force, tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.cloud.scheduler.background import Background
from sandbox.cloud.scheduler.listener_weights import ListenerWeights, whole_weights


class Elbv2:
    """One rule that forwards to one group."""

    def __init__(self) -> None:
        self.actions: list[dict[str, Any]] = [
            {"Type": "forward", "TargetGroupArn": "blue"},
        ]
        self.writes = 0
        self.refuses = False

    def describe_rules(self, *, RuleArns: list[str]) -> Any:  # noqa: N803 - boto3's name
        return {"Rules": [{"RuleArn": RuleArns[0], "Actions": self.actions}]}

    def modify_rule(self, *, RuleArn: str, Actions: list[dict[str, Any]]) -> None:  # noqa: N803
        self.writes += 1
        if self.refuses:
            raise RuntimeError(f"no {RuleArn}")
        self.actions = Actions


class Router:
    """Follows when it is told to."""

    def __init__(self) -> None:
        self.weights: dict[str, int] | None = None

    def rule_weights(self, rule_arn: str) -> dict[str, int] | None:
        return self.weights


def play(scene: Callable[[Elbv2, Router, Callable[[], Any]], Any]) -> None:
    elbv2, router, changed = Elbv2(), Router(), asyncio.Event()

    async def run() -> None:
        made = ListenerWeights(lambda _: elbv2, router, changed.set)

        async def settle() -> ListenerWeights:
            made.in_force("rule", {"blue": 95, "green": 5})
            await asyncio.wait_for(changed.wait(), 30)
            changed.clear()
            return made

        await scene(elbv2, router, settle)

    asyncio.run(run())


def test_weights_are_in_force_once_the_router_has_them() -> None:
    """Written once; then the router is waited for."""

    async def scene(elbv2: Elbv2, router: Router, settle: Any) -> None:
        weights = {"blue": 95, "green": 5}
        made = await settle()
        assert not made.in_force("rule", weights)
        router.weights = weights
        assert made.in_force("rule", weights)
        assert elbv2.writes == 1
        groups = [{"TargetGroupArn": "blue", "Weight": 95}, {"TargetGroupArn": "green", "Weight": 5}]
        assert elbv2.actions == [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]

    play(scene)


def test_a_rule_that_does_more_than_forward_is_left_as_it_is() -> None:
    """ECS fails a deployment whose rule signs clients in or redirects."""

    async def scene(elbv2: Elbv2, router: Router, settle: Any) -> None:
        elbv2.actions.insert(0, {"Type": "authenticate-oidc"})
        made = await settle()
        assert made.troubles == {"rule": "rule does more than forward: authenticate-oidc"}
        assert elbv2.writes == 0

    play(scene)


def test_a_rule_that_cannot_be_written_is_told_of_and_not_asked_for_at_once() -> None:
    """The next try comes after a pause."""

    async def scene(elbv2: Elbv2, router: Router, settle: Any) -> None:
        elbv2.refuses = True
        made = await settle()
        assert made.troubles == {"rule": "no rule"}
        assert not made.in_force("rule", {"blue": 95, "green": 5})
        assert elbv2.writes == 1

    play(scene)


@pytest.mark.parametrize(
    ("percents", "weights"),
    [
        ({"b": 95.0, "g": 5.0}, {"b": 95, "g": 5}),
        ({"b": 99.9, "g": 0.1}, {"b": 999, "g": 1}),
        ({"b": 0.0, "g": 100.0}, {"b": 0, "g": 100}),
        ({"b": 66.7, "g": 33.3}, {"b": 667, "g": 333}),
    ],
)
def test_weights_are_whole_and_keep_their_shares(percents: dict[str, float], weights: dict[str, int]) -> None:
    """At most 999, as ELBv2 takes them."""
    assert whole_weights(percents) == weights


def test_a_call_in_the_background_gives_what_came_of_it() -> None:
    """The value, or the exception, in the event loop."""

    async def run() -> list[Any]:
        background, found, done = Background(), list[Any](), asyncio.Event()

        def fail() -> None:
            raise RuntimeError("no")

        def take(result: Any) -> None:
            found.append(result)
            if len(found) == 2:
                done.set()

        background.run(lambda: 7, take)
        background.run(fail, take)
        await asyncio.wait_for(done.wait(), 30)
        return found

    found = asyncio.run(run())
    assert 7 in found
    assert any(isinstance(each, RuntimeError) for each in found)
