"""The mapping of a resource type: the API calls that create, change, read and delete it, and its outputs.

Expressions (`ResourceMapping.id` and `outputs`) are of two kinds. With a brace they are templates over the
resource's inputs and outputs, its `id`, and `{partition}`, `{region}`, `{account}` and `{dns_suffix}`; a
template that is one field alone keeps the field's type. Without a brace they are JMESPath paths into the
response of the call (below `ApiCall.result`).

Where data does not suffice, a function of the step (`ResourceCode`) takes the place of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from sandbox.engine.provider import ResourceType
from sandbox.provider.api_call import ApiCall
from sandbox.provider.resource_step import ResourceCode
from sandbox.provider.tagging import TagForm

TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A part of a resource that has an update call of its own, made when any of the inputs `of` changes.

    With `at_creation` the call is also made after the resource was created, if any of the inputs is given and
    differs from AWS's default (`ResourceMapping.defaults`).
    """

    of: frozenset[str]
    do: ApiCall | ResourceCode
    at_creation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The input that is the physical name, and how a name is generated if it is not given.

    `prefix` is the input that a generated name begins with, `limit` its greatest length; `stem` is a part
    that every generated name begins with (`alias/`).
    """

    property: str = "name"
    prefix: str | None = "namePrefix"
    limit: int = 255
    stem: str = ""


@dataclass(frozen=True, slots=True)
class ResourceMapping:
    """The mapping of one resource type.

    `create` returns the structure that describes the resource; `complete` runs right after it and does what
    else belongs to creation (a wait, a rule taken back); it may return further outputs. `replace_on` are the
    inputs whose change replaces the resource in the real provider; `recorded` are inputs that steer the
    provider itself or have no call in the emulator; `defaults` are AWS's values of inputs that are left out.
    `not_found` are the error codes that mean "there is no such resource" (see `ignore_codes`). With
    `unique_name` two resources cannot share a name, so a replacement deletes the old one first.
    `volatile_outputs` may change in an update. `not_emulated` says why a type is only recorded.
    """

    token: str
    _: KW_ONLY
    service: str
    create: ApiCall | ResourceCode
    id: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    complete: ResourceCode | None = None
    delete: ApiCall | ResourceCode | None = None
    read: ApiCall | ResourceCode | None = None
    not_found: frozenset[str] = frozenset()
    replace_on: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    naming: Naming | None = None
    unique_name: bool = False
    tags: TagForm | None = None
    tagged_at_creation: bool = True
    secret_outputs: frozenset[str] = frozenset()
    volatile_outputs: frozenset[str] = frozenset()
    not_emulated: str | None = None

    def properties(self) -> frozenset[str]:
        """All inputs that the mapping knows: sent by a call, or recorded."""
        known: set[str] = set(self.replace_on | self.recorded)
        if isinstance(self.create, ApiCall):
            known |= self.create.sent_inputs()
        for setting in self.settings:
            known |= setting.of
        if self.naming is not None:
            known |= {self.naming.property} | ({self.naming.prefix} if self.naming.prefix else set())
        if self.tags is not None:
            known.add(TAGS)
        return frozenset(known)

    def resource_type(self) -> ResourceType:
        """The type as the engine needs to know it."""
        return ResourceType(
            token=self.token,
            properties=self.properties(),
            replace_on=self.replace_on,
            delete_before_replace=self.unique_name,
            secret_outputs=self.secret_outputs,
            volatile_outputs=self.volatile_outputs,
            not_emulated=self.not_emulated,
        )


def name_set(*words: str) -> frozenset[str]:
    """Split strings of blank-separated names into one set."""
    return frozenset(name for word in words for name in word.split())


def name_list(words: str) -> tuple[str, ...]:
    """Split a string of blank-separated names, in order."""
    return tuple(words.split())


def regional_arn(service: str, path: str) -> str:
    """The template of a regional ARN, for a service and a path (`ec2`, `vpc/{id}`)."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{path}"
