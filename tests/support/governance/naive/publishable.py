"""Policies of the naive evaluator in the form in which they are published."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.support.governance.naive.cedar import Policy

_BRACKETS = re.compile(r"(?<![a-zA-Z])\(context\)")
_FIXED = re.compile(r'(?:principal|action|resource) == (?:Service|Action)::"([a-z]+)"')


def as_written(policy: Policy) -> str:
    """A policy as people write it, `context.tenant` for `(context).tenant`; one is left as it is."""
    return policy.text() if policy.id == "p3" else _BRACKETS.sub("context", policy.text())


def publishable(policies: Iterable[Policy], maker: Any, *, widen: int = 0) -> Any:
    """The set as a checked one. Bits of `widen` put a policy into the slice of everyone or of every action,
    though its scope names one: another way to cut, which must decide nothing.
    """
    sources = []
    for index, policy in enumerate(policies):
        principal, action, resource = (_FIXED.fullmatch(text) for text, _ in policy.scope)
        bits = widen >> (2 * index)
        sources.append(
            maker.written(
                policy.id,
                policy.effect,
                as_written(policy),
                principal[1] if principal and not bits & 1 else None,
                action[1] if action and not bits & 2 else None,
                resource[1] if resource else None,
            )
        )
    return maker.sources(*sources)
