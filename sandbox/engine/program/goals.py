"""Reads what the Pulumi SDK sends about a resource: goals, in the engine's own values.

A resource option that would change what happens and is not carried out is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sandbox.engine.errors import AssetError, ExplicitProviderError, UnsupportedOptionError
from sandbox.engine.values.paths import parse
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import ResourceGoal
from sandbox.engine.values.structs import decode_struct
from sandbox.engine.values.urn import inherited_alias, make_urn, type_and_name
from sandbox.engine.values.wire import UNKNOWN_TEXT

_PROVIDER = "pulumi:providers:"


class GoalReader:
    """Turns the requests of one program into goals; thread-safe."""

    def __init__(self, *, stack: str, project: str, root: Path | None = None) -> None:
        """`root` is the project's folder, from which on positions are said; without it they are absolute."""
        self._stack = stack
        self._project = project
        self._root = root
        self._aliases = Aliases(stack=stack, project=project)

    def registration(self, request: Any) -> ResourceGoal:
        """Read a RegisterResourceRequest; raises UnsupportedOptionError or AssetError."""
        urn = self._urn(request)
        if request.type.startswith(_PROVIDER):
            raise ExplicitProviderError(urn)
        _refuse_unsupported(urn, request)
        by_property = {name: tuple(value.urns) for name, value in request.propertyDependencies.items()}
        return ResourceGoal(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=_inputs(urn, request),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={name: tuple(sorted(urns)) for name, urns in by_property.items() if urns},
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
            aliases=self._aliases.of(urn, request),
            import_id=request.importId,
            source_position=source_position(request.sourcePosition, self._root),
        )

    def lookup(self, request: Any) -> ResourceGoal:
        """Read a ReadResourceRequest; the id that it asks for is empty while unknown."""
        return ResourceGoal(
            urn=self._urn(request),
            type=request.type,
            name=request.name,
            custom=True,
            inputs=decode_struct(request.properties),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
            import_id="" if request.id == UNKNOWN_TEXT else request.id,
            source_position=source_position(request.sourcePosition, self._root),
        )

    def _urn(self, request: Any) -> str:
        return make_urn(
            stack=self._stack,
            project=self._project,
            parent=request.parent,
            token=request.type,
            name=request.name,
        )


def _inputs(urn: str, request: Any) -> PropertyMap:
    try:
        return decode_struct(request.object, hash_assets=True)
    except (OSError, ValueError) as error:
        raise AssetError(urn, str(error)) from error


def source_position(sent: Any, root: Path | None) -> str:
    """A position as Pulumi records it: from the project's folder on, and none of a file outside of it.

    Without `root` it is that of the file, wherever it is.

    Source: pulumi/pulumi, pkg/resource/deploy/source_eval.go (parseSourcePosition).
    """
    if not sent.uri.startswith("file:") or sent.line <= 0:
        return ""
    place = f"#{sent.line},{sent.column}" if sent.column else f"#{sent.line}"
    if root is None:
        return f"{sent.uri}{place}"
    path = Path(unquote(urlsplit(sent.uri).path))
    return (
        f"project:///{quote(path.relative_to(root).as_posix())}{place}" if path.is_relative_to(root) else ""
    )


class Aliases:
    """The URNs that each resource of a program may have been recorded under; thread-safe.

    A child has, besides its own aliases, those that follow from its parent's: renaming a component renames
    what is in it. Pulumi's engine does so for the alias that was found in its state; here it is done for
    all of them, so that a run cut off between parent and child finds the child.
    """

    def __init__(self, *, stack: str, project: str) -> None:
        self._stack = stack
        self._project = project
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, urn: str, request: Any) -> tuple[str, ...]:
        """List the aliases of the resource that a RegisterResourceRequest is about, its own ones first."""
        with self._lock:
            own = [found for alias in request.aliases for found in self._resolve(urn, request.parent, alias)]
            former = [type_and_name(alias) for alias in own]
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
        own_type, own_name = type_and_name(urn)
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
                token=spec.type or own_type,
                name=spec.name or own_name,
            )
            for possible in parents
        ]


def _refuse_unsupported(urn: str, request: Any) -> None:
    """Refuse the options that would change what happens and that the engine does not carry out.

    Raises UnsupportedOptionError, for a malformed property path, too.
    """
    if request.provider or request.providers:
        raise ExplicitProviderError(urn)
    hooks = request.hooks
    asked = {
        "transforms": bool(request.transforms),
        "hooks": any(getattr(hooks, field.name) for field in hooks.DESCRIPTOR.fields),
        "deleted_with": bool(request.deletedWith),
        "replace_with": bool(request.replace_with),
        "replacement_trigger": request.HasField("replacement_trigger"),
        "state_migrations": bool(request.state_migrations),
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
