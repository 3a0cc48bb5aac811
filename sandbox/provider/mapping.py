"""The form in which a resource type is written down: which calls, with which inputs, give which outputs.

Expressions (`Mapping.id`, `Mapping.outputs`) are of two kinds. With a brace they are templates over the
resource's inputs and outputs, its `id` and the place it is in (`{partition}`, `{region}`, `{account}`,
`{dns_suffix}`); a template that is one field alone keeps the field's type. Without a brace they are JMESPath
paths into the answer of the call (below `Call.result`).

Where data does not suffice, a Code (a function of the Step) stands in a call's place.
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
    """Something that has a call of its own, made when any of the inputs `of` changes.

    With `at_creation` it is also made after the resource was created, if any of them is given and is not what
    AWS has by itself (`Mapping.defaults`).
    """

    of: frozenset[str]
    do: ApiCall | ResourceCode
    at_creation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Which input is the physical name, which one is the prefix of a made-up name, and how long it may be.

    `stem` is what made-up names begin with (`alias/`).
    """

    property: str = "name"
    prefix: str | None = "namePrefix"
    limit: int = 255
    stem: str = ""


@dataclass(frozen=True, slots=True)
class ResourceMapping:
    """How one resource type is made real.

    `create` gives what describes the resource; `complete` does, right after that, what else belongs to being
    there (a wait, a rule taken back) and gives outputs that the answer did not. `replace_on` are the inputs
    that the real provider replaces the resource for; `recorded` are inputs that steer the provider itself or
    have no call in the emulator; `defaults` are what an input means when it is left out. `gone` are the
    errors that mean "there is no such resource" (see `absent_is_fine`). `unique_name`: two resources cannot
    share the name, so on replacement the old one has to go first. `volatile_outputs` may change in an
    update. `not_emulated` says why the type is only recorded.
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
        """Every input that is understood: sent by some call, or steering the provider."""
        known: set[str] = set(self.replace_on | self.recorded)
        if isinstance(self.create, ApiCall):
            known |= self.create.taken()
        for setting in self.settings:
            known |= setting.of
        if self.naming is not None:
            known |= {self.naming.property} | ({self.naming.prefix} if self.naming.prefix else set())
        if self.tags is not None:
            known.add(TAGS)
        return frozenset(known)

    def resource_type(self) -> ResourceType:
        """Give what the engine needs to know."""
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
    """Write a set of input names as blank-separated words."""
    return frozenset(name for word in words for name in word.split())


def name_list(words: str) -> tuple[str, ...]:
    """Write an ordered list of input names as blank-separated words."""
    return tuple(words.split())


def regional_arn(service: str, path: str) -> str:
    """Write the template of a regional ARN (`ec2`, `vpc/{id}`)."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{path}"
