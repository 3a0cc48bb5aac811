"""The forms in which APIs take tags: a list of pairs, a plain map, or a specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TagForm:
    """How one API takes tags when a resource is created, and how it changes them afterwards.

    `key` None means a plain map; `resource_type` set means EC2's TagSpecifications at creation.
    `subject` is the argument that names the resource, filled from the expression `subject_from`.
    """

    argument: str = "Tags"
    key: str | None = "Key"
    value: str = "Value"
    resource_type: str | None = None
    add: str = "tag_resource"
    remove: str = "untag_resource"
    keys_argument: str = "TagKeys"
    keys_as_tags: bool = False
    subject: str = "ResourceArn"
    subject_from: str = "{arn}"
    subject_is_list: bool = False

    def format_tags(self, tags: Mapping[str, str]) -> Any:
        """Tags in this API's form."""
        if self.key is None:
            return dict(tags)
        return [{self.key: name, self.value: value} for name, value in tags.items()]

    def creation_arguments(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """The arguments of a create call that set these tags; none without tags."""
        if not tags:
            return {}
        if self.resource_type is not None:
            return {
                "TagSpecifications": [
                    {"ResourceType": self.resource_type, self.argument: self.format_tags(tags)}
                ]
            }
        return {self.argument: self.format_tags(tags)}

    def add_arguments(self, subject: str, tags: Mapping[str, str]) -> dict[str, Any]:
        """The arguments of the call that adds or overwrites tags."""
        return {**self._of(subject), self.argument: self.format_tags(tags)}

    def remove_arguments(self, subject: str, names: list[str]) -> dict[str, Any]:
        """The arguments of the call that removes tags."""
        keys: Any = [{self.key: name} for name in names] if self.keys_as_tags else names
        return {**self._of(subject), self.keys_argument: keys}

    def _of(self, subject: str) -> dict[str, Any]:
        return {self.subject: [subject] if self.subject_is_list else subject}


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """The tags to add or overwrite, and the names of those to remove."""

    add: dict[str, str]
    remove: list[str]


def tag_change(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> TagChange:
    """Find the change that leads from one set of tags to another."""
    old, new = before or {}, after or {}
    return TagChange(
        add={name: value for name, value in new.items() if old.get(name) != value},
        remove=sorted(name for name in old if name not in new),
    )


def ec2_tags(resource_type: str) -> TagForm:
    """EC2's form of tags, for its name of the resource type (`vpc`, `security-group-rule`)."""
    return TagForm(
        resource_type=resource_type,
        add="create_tags",
        remove="delete_tags",
        keys_argument="Tags",
        keys_as_tags=True,
        subject="Resources",
        subject_from="{id}",
        subject_is_list=True,
    )
