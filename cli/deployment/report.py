"""Writes what a deployment did, and how the environment is after it, as lines and as a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cli.deployment.pipeline import Deployed
from cli.deployment.policies import MOST_DOCUMENTS
from cli.deployment.status import EnvironmentStatus
from cli.deployment.status_report import status_document, status_lines
from cli.terminal.plan_view import plan_document, resource_counts
from cli.terminal.progress import format_counts
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.steps import StepAction
from sandbox.engine.values.urn import type_and_name

NOT_COMPARED = "what AWS does not tell of a resource, weights of listener rules, what others added beside"
MOST_CHARACTERS = 80
"""How much of a value is shown that was found in another's place; a policy has thousands of characters."""


def problems_of(deployed: Deployed, status: EnvironmentStatus) -> tuple[str, ...]:
    """What is not as declared after a deployment, in words."""
    return (*deployed.troubles, *status.problems)


def deployed_document(deployed: Deployed, status: EnvironmentStatus) -> dict[str, Any]:
    """Write a deployment as a JSON value."""
    return {
        "environment": deployed.environment,
        "changed": deployed.changed,
        "release": deployed.release,
        "seconds": round(deployed.seconds, 3),
        "other_seconds": round(rest_seconds(deployed), 3),
        "layers": [
            {**plan_document(layer.plan), "seconds": round(layer.seconds, 3)} for layer in deployed.layers
        ],
        "mended": [{"subject": subject, "was": was, "now": now} for subject, was, now in _mended(deployed)],
        "problems": list(problems_of(deployed, status)),
        "not_looked_at": list(_unseen(deployed)),
        "policy": {"version": status.policy_version, "changed": deployed.policies_changed},
        "standing": status_document(status),
    }


def deployed_lines(deployed: Deployed, status: EnvironmentStatus) -> Iterator[str]:
    """Write a deployment's summary as lines."""
    problems = problems_of(deployed, status)
    if not deployed.changed:
        stands = "is not as declared" if problems else "is as declared"
        yield f"no changes: {deployed.environment} {stands} ({deployed.seconds:.1f} s)"
        yield from _found_lines(deployed, problems)
        yield ""
        yield from status_lines(status)
        return
    release = "" if deployed.release is None else f" as release {deployed.release}"
    yield f"{deployed.environment} is deployed{release} ({deployed.seconds:.1f} s)"
    for layer in deployed.layers:
        done = format_counts(resource_counts(layer.plan), done=True)
        yield f"  {layer.layer:<11} {done} ({layer.seconds:.1f} s)"
    yield f"  {'the rest':<11} starting, planning, publishing policies ({rest_seconds(deployed):.1f} s)"
    yield from _found_lines(deployed, problems)
    yield ""
    yield from status_lines(status)


def _found_lines(deployed: Deployed, problems: Iterable[str]) -> Iterator[str]:
    """What was found otherwise than it was left, and what came of it; then what is wrong still."""
    for subject, was, now in _mended(deployed):
        yield f"  {'mended' if now else 'left':<11} {subject}: {was}; {now or _LEFT}"
    for problem in problems:
        yield f"  {'problem':<11} {problem}"
    for unseen in _unseen(deployed):
        yield f"  {'not seen':<11} {unseen}"


def _unseen(deployed: Deployed) -> Iterator[str]:
    """What a deployment that found nothing to do did not look at: it may be otherwise than declared."""
    if not deployed.changed:
        yield NOT_COMPARED
    if deployed.unseen_documents:
        yield f"{deployed.unseen_documents} documents of the policies, behind the first {MOST_DOCUMENTS}"


def _mended(deployed: Deployed) -> Iterator[tuple[str, str, str]]:
    """What was found otherwise than it was left: what, how, and what was done about it, if anything."""
    for path in deployed.found.restored:
        yield path.name, "lost or broken", "put back from its copy"
    steps = {step.urn: step for layer in deployed.layers for step in layer.plan.changes}
    for drift in deployed.found.drifts:
        if drift.trouble:
            continue
        was = "gone" if drift.gone else ", ".join(map(_change, drift.changes))
        step = steps.get(drift.urn)
        now = "" if step is None else _DONE[step.action]
        kind, name = type_and_name(drift.urn)
        yield f"{kind} {name}", was, now


_LEFT = "the declaration leaves that to others"
_DONE = {
    StepAction.CREATE: "made anew",
    StepAction.UPDATE: "changed back",
    StepAction.REPLACE: "replaced",
    StepAction.DELETE: "deleted",
}


def _change(change: PropertyChange) -> str:
    return f"{change.path} was {_short(change.new)} in place of {_short(change.old)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def rest_seconds(deployed: Deployed) -> float:
    """The seconds of a deployment that no layer had: starting the sandbox, planning, waiting for a yes,
    publishing policies.
    """
    return max(0.0, deployed.seconds - sum(layer.seconds for layer in deployed.layers))
