"""The tags that every resource of the platform carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...terraform.schema import provider_schema
from ..rule import Guardrail, Reach
from ..subject import Subject

REQUIRED = ("Name", "myelin:environment", "myelin:layer")


def taggable(kind: str) -> bool:
    """Whether resources of a Terraform type take tags."""
    schema = provider_schema()
    tags = schema.resource(kind).get("tags") if kind in schema.types else None
    return tags is not None and not tags.read_only


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


TAGS = Guardrail(
    id="CKV_MYELIN_1",
    name="platform-tags",
    title="Ensure that every resource that takes tags has the platform's",
    hint="give `tags` from the scope that the component was given",
    reach=Reach.PLATFORM,
    kinds=("aws_*",),
    judge=_tags,
)
