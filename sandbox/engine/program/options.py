"""Reads a registration's resource options: what it may be recorded under, and what is not carried out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.engine.errors import UnsupportedOptionError
from sandbox.engine.values.paths import parse
from sandbox.engine.values.urn import inherited_alias, make_urn, name_of, type_of


class Aliases:
    """The URNs that each resource of a program may have been recorded under; thread-safe.

    A child has, besides its own aliases, those that follow from its parent's: renaming a component renames
    what is in it. Pulumi's engine does so for the alias that was found in its state; here it is done for
    all of them, so that a run cut off between parent and child finds the child.
    """

    def __init__(self, *, stack: str, project: str) -> None:
        """Begin with no resource."""
        self._stack = stack
        self._project = project
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, urn: str, request: Any) -> tuple[str, ...]:
        """List the aliases of the resource that a RegisterResourceRequest is about, its own ones first."""
        with self._lock:
            own = [found for alias in request.aliases for found in self._resolve(urn, request.parent, alias)]
            former = [(type_of(alias), name_of(alias)) for alias in own]
            inherited = [
                inherited_alias(
                    stack=self._stack,
                    project=self._project,
                    token=token,
                    name=name,
                    parent=request.parent,
                    parent_alias=parent_alias,
                )
                for parent_alias in self._known.get(request.parent, ())
                for token, name in [(request.type, request.name), *former]
            ]
            aliases = tuple(alias for alias in dict.fromkeys([*own, *inherited]) if alias != urn)
            self._known[urn] = aliases
            return aliases

    def _resolve(self, urn: str, parent: str, alias: Any) -> list[str]:
        """Resolve one alias; a parent named in it may itself have been recorded under another URN."""
        if alias.urn:
            return [str(alias.urn)]
        spec = alias.spec
        parents: Sequence[str] = (spec.parentUrn, *self._known.get(spec.parentUrn, ()))
        if spec.noParent:
            parents = ("",)
        elif not spec.parentUrn:
            parents = (parent,)
        return [
            make_urn(
                stack=spec.stack or self._stack,
                project=spec.project or self._project,
                parent=possible,
                token=spec.type or type_of(urn),
                name=spec.name or name_of(urn),
            )
            for possible in parents
        ]


def refuse_unsupported(urn: str, request: Any) -> None:
    """Refuse the options that would change what happens and that the engine does not carry out.

    Raises UnsupportedOptionError, for a malformed property path, too.
    """
    hooks = request.hooks
    asked = {
        "transforms": bool(request.transforms),
        "hooks": any(getattr(hooks, field.name) for field in hooks.DESCRIPTOR.fields),
        "deleted_with": bool(request.deletedWith),
        "replace_with": bool(request.replace_with),
        "replacement_trigger": request.HasField("replacement_trigger"),
        "state_migrations": bool(request.state_migrations),
        "provider": bool(request.provider),
        "providers": bool(request.providers),
        "remote": request.remote,
    }
    for option, used in asked.items():
        if used:
            raise UnsupportedOptionError(urn, option)
    _refuse_malformed(urn, "ignore_changes", request.ignoreChanges)
    _refuse_malformed(urn, "replace_on_changes", request.replaceOnChanges)


def _refuse_malformed(urn: str, option: str, paths: Iterable[str]) -> None:
    for path in paths:
        try:
            parse(path)
        except ValueError as error:
            raise UnsupportedOptionError(urn, f"{option}={path}") from error
