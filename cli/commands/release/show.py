"""`myelin release show`: one release, whole."""

from __future__ import annotations

from cli.command import command
from cli.commands.release.options import ReleaseArgument, find_release
from cli.releases.ledger import open_ledger
from cli.releases.report import inputs_document, release_document, release_lines
from cli.session import Session
from cli.worlds.world import deployed_platform


@command(environment="argument", acts=True)
def show(session: Session, number: ReleaseArgument) -> None:
    """Show a release: how it came about, what it was made of, and how it ended.

    With `--json` it has every input: settings, image digests, declarations and policy files.

    Examples:

        myelin release show 3

        myelin release show 3 dev --json
    """
    ledger = open_ledger(session.world, deployed_platform(session.world))
    release = find_release(ledger.releases(), number, session.environment)
    inputs = ledger.inputs(release)
    document = {
        "environment": session.environment,
        **release_document(release),
        "input_values": inputs_document(inputs),
    }
    session.write(document, release_lines(release, inputs))
