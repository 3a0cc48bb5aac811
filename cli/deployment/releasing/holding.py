"""Keeps an environment at what it was rolled back to, until a new release is asked for."""

from __future__ import annotations

from cli.deployment.releasing.release_writer import ReleaseHistory
from cli.errors import CliError
from cli.options import env_flag
from cli.releases.comparison import compare_inputs, difference_lines
from cli.releases.recorded_inputs import RecordedInputs
from cli.releases.release import holding
from cli.terminal.output import note


class HeldError(CliError):
    """The environment was rolled back, and what is declared is something else."""

    bad_input = True

    def __init__(self, environment: str, number: int, back_to: int | None, differences: int) -> None:
        """`number` is the release at which it is held; `differences` inputs are declared otherwise."""
        why = f" by a rollback to release {back_to}" if back_to else ""
        super().__init__(
            f"`{environment}` is held at release {number}{why}, and {differences} of its inputs are "
            "declared otherwise; nothing was changed",
            hint=f"`myelin up {environment} --new-release` deploys what is declared; "
            f"`myelin release diff {number}{env_flag(environment)}` shows all of it",
        )


def require_not_held(
    environment: str, history: ReleaseHistory, recorded: RecordedInputs, *, new_release: bool
) -> bool:
    """Whether the environment stays held after a deployment of these inputs.

    Raises HeldError, after it has shown what differs, if it is held at others and no new release is wanted.
    """
    held = holding(history.releases)
    if held is None or history.ledger is None or new_release:
        return False
    if held.start.inputs == recorded.digest:
        return True
    differences = compare_inputs(history.ledger.inputs(held), recorded)
    if not differences:
        return True  # other comments, say
    for line in difference_lines(differences):
        note(line)
    raise HeldError(environment, held.number, held.start.back_to, len(differences))
