"""Publishes the policies as a part of a deployment, previews that, or looks whether they are still there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.deployment.inputs import Inputs
from cli.policies.admin_client import admin_of
from cli.worlds.world import World
from policies.calls.changing.deployment import Published, preview_deployment
from policies.calls.store.errors import StoreMissingError
from policies.calls.store.policy_store import PolicyStore
from policies.calls.versions.documents import DocumentKind
from policies.calls.versions.errors import StoreCorruptError
from stacks.outputs import RecordedPlatform

MOST_DOCUMENTS = 200
"""How many documents of the policies are looked up; more would take longer than a deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicies:
    """What is in the policy table: whether any version is current, and what is wrong with it, in words.

    `unseen` documents of it were not looked up.
    """

    current: bool = False
    troubles: tuple[str, ...] = ()
    unseen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPreview:
    """The version that would be current after a deployment, and the one that is; empty when none is."""

    version: str
    current: str

    @property
    def changed(self) -> bool:
        """Whether another version would become current."""
        return self.version != self.current


def preview_policies(world: World, platform: RecordedPlatform | None, inputs: Inputs) -> PublishPreview:
    """The version that a deployment would make current; `platform` is None when it is not deployed yet."""
    if platform is None:
        return PublishPreview(version=inputs.policies.version, current="")
    client, table = world.client("dynamodb"), platform.policy_table_name
    try:
        found = PolicyStore(client, table).pointer()
    except StoreMissingError:
        # a deployment makes the table anew
        return PublishPreview(version=inputs.policies.version, current="")
    return PublishPreview(
        version=preview_deployment(inputs.policies, table, client), current=found.version if found else ""
    )


def publish_policies(world: World, inputs: Inputs, platform: RecordedPlatform) -> Published:
    """Bring the changes of the policy folder into the current version, in the name of the world's actor.

    The admin function does it: nobody else may write the table. Raises AdminRefusedError; where approval is
    in force, for every version but the first.
    """
    done = admin_of(world, platform).deploy(inputs.packed)
    return Published(**done.model_dump())


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReturn:
    """The way back to the policies of a release: the version in force, and what the folder gave then."""

    version: str
    folder: str
    note: str


def restore_policies(world: World, back: PolicyReturn, platform: RecordedPlatform) -> Published:
    """Make an earlier version current again, in the name of the world's actor. Raises AdminRefusedError."""
    admin = admin_of(world, platform)
    done = admin.rollback(back.version, note=back.note, deployed=back.folder)
    return Published(
        version=done.version,
        changed=done.changed,
        policies=admin.version(done.version).policies if done.changed else 0,
        slices=0,
        written=done.written,
    )


def preview_return(world: World, back: PolicyReturn, platform: RecordedPlatform) -> PublishPreview:
    """What `restore_policies` would make current. Raises StoreError."""
    current = PolicyStore(world.client("dynamodb"), platform.policy_table_name).pointer()
    return PublishPreview(version=back.version, current=current.version if current else "")


def look_at_policies(world: World, platform: RecordedPlatform, inputs: Inputs) -> PublishedPolicies:
    """Whether the current version is there and whole. Raises StoreError.

    Where it is the folder's, its documents are looked up, the first MOST_DOCUMENTS of them from the root on;
    of another one, which people made current, the root alone.
    """
    store = PolicyStore(world.client("dynamodb"), platform.policy_table_name)
    try:
        current = store.pointer()
    except StoreMissingError:
        current = None
    if current is None:
        return PublishedPolicies()
    documents: list[tuple[DocumentKind, str]] = [("root", current.version)]
    if current.version == inputs.policies.version:
        documents = [(item.kind, item.digest) for item in reversed(inputs.policies.items)]
    return PublishedPolicies(
        current=True,
        troubles=tuple(_lacking(store, documents[:MOST_DOCUMENTS])),
        unseen=len(documents[MOST_DOCUMENTS:]),
    )


def _lacking(store: PolicyStore, documents: Iterable[tuple[DocumentKind, str]]) -> Iterator[str]:
    for kind, name in documents:
        try:
            store.load(kind, name)
        except StoreCorruptError as error:
            yield error.message
