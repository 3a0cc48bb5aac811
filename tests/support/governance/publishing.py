"""Makes sets of policies current in a table, with no admin function before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from policies.calls.changing import deployment
from policies.calls.changing.deployment import Published, commit_proposal
from policies.calls.changing.proposals import full_proposal
from policies.calls.language.values import PolicySources
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import PolicyVersion, cut


def deploy(
    version: PolicyVersion,
    table_name: str,
    dynamodb_client: Any,
    *,
    actor: str = "deployer",
    approval: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sign: Callable[[str], str] | None = None,
) -> Published:
    """Deploy a folder that has been cut, as the admin function does; `sign` signs the entry of the trail."""
    store = PolicyStore(dynamodb_client, table_name, now=now)
    ledger = PolicyLedger(dynamodb_client, table_name, now=now, sign=sign)
    return deployment.deploy(version, store, ledger, actor=actor, approval=approval)


def publish(
    table_name: str,
    sources: PolicySources,
    catalogue: Catalogue,
    dynamodb_client: Any,
    *,
    cases: Sequence[Mapping[str, Any]] = (),
    actor: str = "publisher",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Cut a set and make it current; an unchanged set writes nothing."""
    return publish_version(cut(sources, catalogue, cases), table_name, dynamodb_client, actor=actor, now=now)


def publish_version(
    version: PolicyVersion,
    table_name: str,
    dynamodb_client: Any,
    *,
    actor: str = "publisher",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Make a version current; one that is current already writes nothing."""
    store = PolicyStore(dynamodb_client, table_name, now=now)
    before = store.pointer()
    if before is not None and before.version == version.version:
        return Published(
            version=version.version,
            changed=False,
            policies=version.policies,
            slices=len(version.slices),
            written=0,
        )
    ledger = PolicyLedger(dynamodb_client, table_name, now=now)
    return commit_proposal(full_proposal(version, store, before), store, ledger, actor=actor)
