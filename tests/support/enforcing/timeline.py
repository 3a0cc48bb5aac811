"""Which policies were current when, and what our own evaluator says that they allowed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from policies.calls.versions.catalogue import Catalogue, StoredCall
from tests.support.access.opened_table import opened_table
from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy
from tests.support.enforcing.declarations import Declarations
from tests.support.governance.fixtures import PolicyMaker
from tests.support.governance.naive import cedar as naive
from tests.support.governance.naive.cedar import Policy
from tests.support.governance.naive.publishable import publishable
from tests.support.governance.naive.random_policies import SERVICES, request
from tests.support.governance.publishing import publish


@dataclass(kw_only=True)
class Reign:
    """A set of policies, and when it was current, at most: epoch seconds."""

    policies: tuple[Policy, ...]
    version: str
    begin: float
    end: float = float("inf")


@dataclass(kw_only=True)
class Timeline:
    """Publishes policies of a project, and remembers them."""

    project: ProjectCopy
    declared: Declarations
    reigns: list[Reign] = field(default_factory=list)

    def publish(self, policies: Sequence[Policy]) -> Reign:
        """Make a set current."""
        catalogue = Catalogue(
            services=SERVICES,
            calls=tuple(
                StoredCall(caller=caller, callee=callee, intent=intent)
                for caller, callee, intent in self.declared.calls
            ),
        )
        begin = time.time()
        with opened_table(self.project) as client:
            made = publish(
                self.project.platform.policy_table_name,
                publishable(policies, PolicyMaker()),
                catalogue,
                client,
            )
        if self.reigns and self.reigns[-1].version == made.version:
            return self.reigns[-1]
        if self.reigns:
            self.reigns[-1].end = time.time()
        self.reigns.append(Reign(policies=tuple(policies), version=made.version, begin=begin))
        return self.reigns[-1]

    def by_version(self, version: str) -> tuple[Policy, ...]:
        """The policies of a version that was published here."""
        return next(reign.policies for reign in self.reigns if reign.version == version)

    def allowed_within(self, question: dict[str, Any], begin: float, end: float) -> bool:
        """Whether policies that were current at some moment from `begin` to `end` allow it then."""
        return any(
            allows(reign.policies, question, moment)
            for reign in self.reigns
            if reign.begin <= end and reign.end >= begin
            for moment in (max(reign.begin, begin), min(reign.end, end))
        )


def allows(policies: Sequence[Policy], question: dict[str, Any], at: float) -> bool:
    """What our own evaluator says."""
    moment = datetime.fromtimestamp(at, UTC)
    return naive.decide(policies, request(question, environment=ENVIRONMENT, now=moment)).code == "permitted"
