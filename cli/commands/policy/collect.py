"""`myelin policy collect`: delete what no version needs any more."""

from __future__ import annotations

from collections.abc import Iterator

from cli.command import command
from cli.policies.admin_client import open_admin
from cli.session import Session
from policies.calls.changing.records import Collected


@command(environment="argument", yes=True, dry_run="Only count what would be deleted.", acts=True)
def collect(session: Session) -> None:
    """Delete the stored documents that no version needs any more.

    Kept are the current version, as many of the last ones as `policyKeepVersions` says, those of drafts, and
    what is younger than a day. A version that is not kept cannot come back. Asks first.

    Examples:

        myelin policy collect --dry-run

        myelin policy collect --yes --json
    """
    admin = open_admin(session.world)
    if not session.dry_run:
        session.confirm("delete the versions that are not kept")
    found = admin.collect(dry_run=session.dry_run)
    document = {"dry_run": session.dry_run, **found.model_dump(mode="json")}
    session.write(document, _lines(found, dry_run=session.dry_run))


def _lines(found: Collected, *, dry_run: bool) -> Iterator[str]:
    would = "would delete" if dry_run else "deleted"
    yield f"{would} {found.deleted} of {found.documents} documents, {found.kept} are kept"
    if found.young:
        yield f"{found.young} that nothing needs are too young"
