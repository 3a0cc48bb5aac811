"""Arguments that several commands about releases share, and how a release is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.releases.errors import UnknownReleaseError
from cli.releases.release import Release

ReleaseArgument = Annotated[
    int, typer.Argument(metavar="N", min=1, help="The number that `myelin release list` shows.")
]


def find_release(releases: Sequence[Release], number: int, environment: str) -> Release:
    """The release of a number; raises UnknownReleaseError."""
    if number > len(releases):
        raise UnknownReleaseError(number, environment, len(releases))
    return releases[number - 1]
