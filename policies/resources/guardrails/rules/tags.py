"""The tags that every resource of the platform carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...graph.values import UNKNOWN
from ...terraform.schema import provider_schema
from ..rule import Guardrail, Reach
from ..subject import NotKnownError, Subject

REQUIRED = ("Name", "myelin:environment", "myelin:layer")
_TAGGED_BY_BLOCKS = ("aws_autoscaling_group",)
"""Types whose tags are blocks called `tag`, each with a `key`."""


def taggable(kind: str) -> bool:
    """Whether resources of a Terraform type take tags."""
    if kind in _TAGGED_BY_BLOCKS:
        return True
    schema = provider_schema()
    tags = schema.resource(kind).get("tags") if kind in schema.types else None
    return tags is not None and not tags.read_only


def _tags(subject: Subject) -> str | None:
    if not subject.taggable:
        return None
    name = "tag" if subject.kind in _TAGGED_BY_BLOCKS else "tags"
    given = _names(subject.attributes.get(name))
    missing = [one for one in REQUIRED if one not in given]
    if missing and UNKNOWN in given:
        raise NotKnownError(subject.attributes.spell(name))
    return f"missing tags: {', '.join(missing)}" if missing else None


def _names(tags: Any) -> frozenset[Any]:
    """The tags' names, with UNKNOWN for one that is not known."""
    if isinstance(tags, list) and len(tags) == 1 and isinstance(tags[0], Mapping) and "key" not in tags[0]:
        tags = tags[0]
    if isinstance(tags, Mapping):
        return frozenset(str(name) for name in tags)
    if isinstance(tags, list):
        return frozenset(_name(item) for item in tags)
    return frozenset()


def _name(block: Any) -> Any:
    name = block.get("key") if isinstance(block, Mapping) else block
    return name[0] if isinstance(name, list) and len(name) == 1 else name


TAGS = Guardrail(
    id="CKV_MYELIN_1",
    name="platform-tags",
    title="Ensure that every resource that takes tags has the platform's",
    hint="give `tags` from the scope that the component was given",
    reach=Reach.PLATFORM,
    kinds=("aws_*",),
    judge=_tags,
)
