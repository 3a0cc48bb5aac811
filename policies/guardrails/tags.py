"""The tags that every resource of the platform carries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from policies.guardrails.rule import Reach, Rule
from policies.guardrails.subject import Subject

REQUIRED = ("Name", "myelin:environment", "myelin:layer")
TABLE = Path(__file__).with_name("taggable.txt")
"""Pulumi tokens and Terraform types that take tags, one pair a line; made from the SDK's classes."""


@cache
def taggable() -> frozenset[str]:
    """Every token and every type that takes tags."""
    return frozenset(TABLE.read_text(encoding="utf-8").split())


def _tags(subject: Subject) -> str | None:
    if not subject.taggable:
        return None
    given = _names(subject.attributes.get("tags"))
    missing = [name for name in REQUIRED if name not in given]
    return f"missing tags: {', '.join(missing)}" if missing else None


def _names(tags: Any) -> frozenset[str]:
    if isinstance(tags, list) and len(tags) == 1 and isinstance(tags[0], Mapping) and "key" not in tags[0]:
        tags = tags[0]
    if isinstance(tags, Mapping):
        return frozenset(str(name) for name in tags)
    if isinstance(tags, list):
        # an Auto Scaling group's tags are blocks
        return frozenset(str(item.get("key")) for item in tags if isinstance(item, Mapping))
    return frozenset()


TAGS = Rule(
    id="CKV_MYELIN_1",
    name="platform-tags",
    title="Ensure that every resource that takes tags has the platform's",
    hint="give `tags` from the scope that the component was given",
    reach=Reach.PLATFORM,
    kinds=("aws_*",),
    judge=_tags,
)
