"""Records one component made alone, without a stack around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.account import Account
from components.scope import Scope
from tests.support.recording.recorder import ACCOUNT, REGION, STACK, Graph, Recorded, record

SCOPE = Scope(account=Account(id=ACCOUNT, region=REGION), environment="dev", layer="platform")


@dataclass(frozen=True, kw_only=True)
class RecordedComponent:
    """A component, the resources below it at any depth, and the outputs that it registered."""

    component: Recorded
    graph: Graph
    outputs: Mapping[str, Any]

    @property
    def children(self) -> Counter[str]:
        """How many resources of each type are below the component."""
        others = (one for one in self.graph.resources if one is not self.component)
        return Counter(one.type for one in others if one.type != STACK)

    def only(self, token: str) -> Recorded:
        """The one resource of a type."""
        (found,) = self.graph.of(token)
        return found


def record_component(make: Callable[[], pulumi.ComponentResource]) -> RecordedComponent:
    """Run a program that makes one component; fails if anything in it stands outside of the component."""
    graph = record(lambda: _ignored(make()), stack="dev-platform", config={"aws:region": REGION})
    tops = [one for one in graph.resources if f"::{STACK}::" in one.parent]
    (component,) = tops
    assert not component.custom
    return RecordedComponent(
        component=component, graph=graph, outputs=graph.registered_outputs[component.urn]
    )


def _ignored(_component: pulumi.ComponentResource) -> None:
    """A Pulumi program returns nothing."""
