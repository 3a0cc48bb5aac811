"""All declared services, and the graph of their calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from components.declarations.declaration import GATE, ServiceDeclaration
from components.declarations.errors import UnknownServiceError


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ManifestCall:
    """`caller` may ask `callee` for `intent`.

    `path` and `line` (from 1) are where it is declared; two calls that differ only there are the same.
    """

    caller: str
    callee: str
    intent: str
    path: Path | None = field(default=None, compare=False)
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """`caller` may call `callee`; each edge has one signing key and one opening in the network."""

    caller: str
    callee: str

    @property
    def key(self) -> str:
        """The two names as logical names and outputs have them, unlike those of any other edge.

        They are joined by a hyphen, or by a dot where a name has a hyphen of its own: `a` to `b-c` is another
        edge than `a-b` to `c`.
        """
        return ("." if "-" in self.caller + self.callee else "-").join((self.caller, self.callee))


@dataclass(frozen=True, kw_only=True)
class Services:
    """The declared services by name, and the call graph, which is computed once.

    `call_lines` are where the intents of calls stand in their files, by caller, callee and intent;
    `intent_lines` where the intents that services offer do, by service and intent.
    """

    services: tuple[ServiceDeclaration, ...]
    call_lines: Mapping[tuple[str, str, str], int] = field(default_factory=dict, compare=False)
    intent_lines: Mapping[tuple[str, str], int] = field(default_factory=dict, compare=False)

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The repositories of images: one a service, and the gate's if it stands before any."""
        guarded = any(service.behind_gate for service in self.services)
        return (*self.names, GATE) if guarded else self.names

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all services, sorted."""
        return tuple(service.name for service in self.services)

    @cached_property
    def calls(self) -> tuple[ManifestCall, ...]:
        """Every declared call, in order of caller, callee and intent."""
        return tuple(
            sorted(
                ManifestCall(
                    caller=service.name,
                    callee=call.service,
                    intent=call.intent,
                    path=service.path,
                    line=self.call_lines.get((service.name, call.service, call.intent)),
                )
                for service in self.services
                for call in service.calls
            )
        )

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every pair of caller and callee once."""
        return tuple(sorted({Edge(caller=call.caller, callee=call.callee) for call in self.calls}))

    def get(self, name: str) -> ServiceDeclaration:
        """The service of this name; raises UnknownServiceError."""
        if name not in self._by_name:
            raise UnknownServiceError(name, known=self.names)
        return self._by_name[name]

    def calls_of(self, name: str) -> tuple[ManifestCall, ...]:
        """The calls that a service may make."""
        return self._calls_of.get(name, ())

    def callers_of(self, name: str) -> tuple[str, ...]:
        """Names of the services that may call this one."""
        return tuple(edge.caller for edge in self.edges_of(name) if edge.callee == name)

    def callees_of(self, name: str) -> tuple[str, ...]:
        """Names of the services that this one may call."""
        return tuple(edge.callee for edge in self.edges_of(name) if edge.caller == name)

    def edges_of(self, name: str) -> tuple[Edge, ...]:
        """The edges that a service is one end of."""
        return self._edges_of.get(name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, ServiceDeclaration]:
        return {service.name: service for service in self.services}

    @cached_property
    def _calls_of(self) -> Mapping[str, tuple[ManifestCall, ...]]:
        found: defaultdict[str, list[ManifestCall]] = defaultdict(list)
        for call in self.calls:
            found[call.caller].append(call)
        return {name: tuple(calls) for name, calls in found.items()}

    @cached_property
    def _edges_of(self) -> Mapping[str, tuple[Edge, ...]]:
        found: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            for end in {edge.caller, edge.callee}:
                found[end].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}
