"""What can go wrong while the engine plans or runs a stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar


class EngineError(Exception):
    """The root of what the engine refuses or fails at.

    `message` says what is wrong, lowercase and without a full stop; `hint` says what to do next.
    """

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, so that an interface can show them as it likes."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnknownPropertyError(EngineError):
    """A resource has an input that the sandbox has no mapping for; silence would hide a difference."""

    def __init__(self, urn: str, name: str) -> None:
        super().__init__(
            f"the sandbox does not know the property `{name}` of `{urn}`",
            hint="add the property to the mapping of this type under sandbox/provider",
        )
        self.urn = urn
        self.name = name


class ProtectedResourceError(EngineError):
    """A protected resource would have to be replaced or deleted."""

    def __init__(self, urn: str, verb: str, because: Sequence[str] = ()) -> None:
        """`verb` is what would have happened to it: `replaced` or `deleted`; `because` are the inputs that
        cannot be changed in place.
        """
        named = " and ".join(f"`{name}`" for name in because)
        way_out = "take `protect` off in the program; before a deletion, run `up` once with that"
        super().__init__(
            f"`{urn}` is protected and would be {verb}"
            + (f", because {named} cannot be changed in place" if named else ""),
            hint=f"leave {named} as before; or {way_out}" if named else way_out,
        )
        self.urn = urn


class DuplicateResourceError(EngineError):
    """A program registered two resources with one URN."""

    def __init__(self, urn: str) -> None:
        super().__init__(f"two resources have the name `{urn}`", hint="give one of them another name")
        self.urn = urn


class UnsupportedOptionError(EngineError):
    """A resource option that the engine does not carry out; ignoring it would rehearse something else."""

    def __init__(self, urn: str, option: str) -> None:
        super().__init__(
            f"the sandbox does not carry out the resource option `{option}` of `{urn}`",
            hint="leave the option out, or extend sandbox/engine",
        )
        self.urn = urn
        self.option = option


class ExplicitProviderError(EngineError):
    """A provider of the program's own, or a resource that asks for one: here there is one AWS."""

    def __init__(self, urn: str) -> None:
        super().__init__(
            f"`{urn}` is, or has, an explicit provider, and the sandbox has its own alone",
            hint="leave it to the default provider; another region or account can not be rehearsed",
        )
        self.urn = urn


class AssetError(EngineError):
    """An asset or archive whose content cannot be read."""

    def __init__(self, urn: str, detail: str) -> None:
        super().__init__(
            f"an asset of `{urn}` cannot be read: {detail}",
            hint="give a file or folder that exists, or the text itself",
        )
        self.urn = urn


class ImportMismatchError(EngineError):
    """A resource to be imported is not what the program says, and could only be replaced by that."""

    def __init__(self, urn: str, identity: str, name: str) -> None:
        """`identity` is the id it was looked up by, `name` the path of the first input that differs."""
        super().__init__(
            f"`{urn}` would replace the resource with id `{identity}` that it imports: `{name}` differs",
            hint="make the program say what exists, import, and change it afterwards",
        )
        self.urn = urn
        self.name = name


class StepFailedError(EngineError):
    """A step broke off without an answer: whether it was carried out is not known."""

    def __init__(self, urn: str, detail: str) -> None:
        super().__init__(
            f"the step on `{urn}` broke off: {detail}",
            hint="run `up` again: it does the step again under the same operation id",
        )
        self.urn = urn


class MissingStackError(EngineError):
    """A StackReference to a stack that has not been deployed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the stack `{name}` has not been deployed",
            hint="deploy the layer below first; `myelin up` runs all layers in order",
        )
        self.name = name


class MissingResourceError(EngineError):
    """A resource that the program reads or imports by id does not exist."""

    def __init__(self, urn: str, identity: str) -> None:
        super().__init__(
            f"there is no resource with id `{identity}` for `{urn}`",
            hint="create it first, or correct the id",
        )
        self.urn = urn


class StateError(EngineError):
    """A state file that cannot be read; `line` counts from 1, None where the whole file is meant."""

    def __init__(
        self,
        path: Path,
        detail: str,
        *,
        line: int | None = None,
        hint: str = "run `myelin down` to start from nothing",
    ) -> None:
        """`detail` says what is wrong with it."""
        super().__init__(f"the state file cannot be read: {detail}", hint=hint)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        """The message with its place in front."""
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class InvariantError(EngineError):
    """A stack's state breaks one of the rules that its journal and checkpoint keep to."""

    def __init__(self, number: int, rule: str, urn: str) -> None:
        """`number` and `rule` are those of `stack_state.INVARIANTS`; `urn` is the first that breaks it."""
        super().__init__(
            f"`{urn}` breaks invariant {number}: {rule}", hint="run `myelin down` to start from nothing"
        )
        self.number = number
        self.urn = urn


class InterruptedRunError(EngineError):
    """A run was asked to stop; the steps under way were finished and recorded."""

    def __init__(self) -> None:
        super().__init__("interrupted", hint="the next `myelin up` goes on from here")


class ProgramError(EngineError):
    """The Pulumi program itself failed."""

    def __init__(self, stack: str, detail: str) -> None:
        super().__init__(
            f"the program of `{stack}` failed: {detail}", hint="run again with MYELIN_DEBUG=1 for the trace"
        )
        self.stack = stack
