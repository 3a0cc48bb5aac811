"""A plan: frozen values that say what a run does to each resource, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.values.urn import type_and_name


class StepAction(StrEnum):
    """What happens to a resource, in Pulumi's own words."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a run does to one resource.

    `changes` say which inputs differ; `delete_first` that the old resource goes before the new one comes;
    `note` what the reader should know besides, such as a type that the emulator only records.
    """

    action: StepAction
    urn: str
    changes: tuple[PropertyChange, ...] = ()
    delete_first: bool = False
    formerly: str = ""
    """The URN that the resource was recorded under, where an alias renamed it."""
    note: str = ""
    # what follows from action and URN; kept, as a plan is looked at more often than it is made
    type: str = field(init=False, repr=False, compare=False)
    """The resource's own type token."""
    name: str = field(init=False, repr=False, compare=False)
    """The resource's logical name."""
    is_change: bool = field(init=False, repr=False, compare=False)
    """Whether the step does anything to the world."""
    is_real: bool = field(init=False, repr=False, compare=False)
    """Whether it is about a resource of a provider; a component, and the stack itself, is only a name."""

    def __post_init__(self) -> None:
        """Work out what follows from action and URN."""
        token, name = type_and_name(self.urn)
        object.__setattr__(self, "type", token)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "is_change", self.action not in (StepAction.SAME, StepAction.READ))
        object.__setattr__(self, "is_real", token.startswith("aws:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """The steps of one stack, in the order they would be taken."""

    stack: str
    steps: tuple[Step, ...]
    outputs_changed: bool = False

    @property
    def changes(self) -> tuple[Step, ...]:
        """Only the steps that do something."""
        return tuple(step for step in self.steps if step.is_change)

    def counts(self) -> dict[str, int]:
        """How many steps there are of each action that occurs."""
        found = Counter(step.action for step in self.steps)
        return {action.value: found[action] for action in StepAction if found[action]}
