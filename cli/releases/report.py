"""Writes releases, as lines and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cli.releases.recorded_inputs import RecordedInputs
from cli.releases.release import Release


def release_document(release: Release) -> dict[str, Any]:
    """A release as a JSON value."""
    return {
        "number": release.number,
        "state": release.state.value,
        "reason": release.reason,
        "policy_version": release.policy_version,
        **release.start.model_dump(mode="json"),
        "events": [event.model_dump(mode="json") for event in release.events],
    }


def inputs_document(inputs: RecordedInputs) -> dict[str, Any]:
    """Recorded inputs as a JSON value."""
    return inputs.model_dump(mode="json")


def release_line(release: Release) -> str:
    """A release in one line."""
    start = release.start
    what = start.kind.value if start.back_to is None else f"rollback to {start.back_to}"
    state = release.state.replace("_", " ")
    why = f": {release.reason}" if release.reason else ""
    return f"{release.number:>4}  {start.at[:19]}  {state:<11}  {what:<14}  {start.actor}{why}"


def release_lines(release: Release, inputs: RecordedInputs) -> Iterator[str]:
    """All of a release."""
    start = release.start
    yield f"release   {release.number}, {release.state.replace('_', ' ')}"
    if release.reason:
        yield f"reason    {release.reason}"
    back = "" if start.back_to is None else f" to release {start.back_to}"
    yield f"made by   {start.kind.value}{back}, {start.actor}"
    yield f"commit    {commit_words(release)}"
    yield f"program   {start.program[:12]}, resources {start.graph[:12]}"
    version = release.policy_version[:12] or "not published"
    yield f"policies  version {version}, folder {start.policy_folder[:12]}"
    yield from _timeline(release)
    yield f"inputs    {start.inputs[:12]}"
    for layer, settings in inputs.settings.items():
        yield f"  {layer}: {len(settings)} settings"
        yield from (f"    {key} is not recorded" for key in inputs.withheld.get(layer, ()))
    yield from (f"  image {service}: {digest}" for service, digest in inputs.images.items())
    yield f"  declarations: {_listed(inputs.declarations)}"
    yield f"  policy files: {_listed(inputs.policies)}"
    for service, strategy in start.strategies.items():
        yield f"  strategy of {service}: {strategy}"


def commit_words(release: Release) -> str:
    """The commit that a release was made from, and whether the files were as it has them."""
    start = release.start
    if not start.commit:
        return "none: not made in a Git repository"
    return f"{start.commit[:12]}{'' if start.clean else ', with changes that are not in it'}"


def _timeline(release: Release) -> Iterator[str]:
    yield f"timeline  {release.start.at}  started"
    for event in release.events:
        yield f"          {event.at}  {event.state.replace('_', ' ')}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
