"""Says what a change of the published policies would decide otherwise, before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from cli.exit_codes import ExitCode
from cli.policies.diff_view import diff_document, diff_lines
from cli.policies.published import PublishedSet
from cli.project import Project
from cli.terminal.output import print_json, say
from cli.terminal.styling import style
from policies.calls.changing.records import ChangeResult, DraftRecord
from policies.calls.rehearsing.case_runs import CaseResult, run_cases
from policies.calls.rehearsing.decision_changes import DecisionChanges, compare_decisions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.comparison import PolicyDifference, changed_texts, difference_between


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPreview:
    """What would change: texts, decisions, and the cases that would fail and so prevent it."""

    before: Rehearsal
    after: Rehearsal
    changes: PolicyDifference
    effects: DecisionChanges
    failures: tuple[CaseResult, ...]

    @property
    def changed(self) -> bool:
        """Whether another version would become current."""
        return self.before.version != self.after.version


def preview(before: PublishedSet, after: PublishedSet, environments: tuple[str, ...]) -> PolicyPreview:
    """Compare a published set with what would be in its place; `environments`, the plainest first."""
    old, new = before.rehearsal(), after.rehearsal()
    texts = changed_texts(old.stored, new.stored)
    return PolicyPreview(
        before=old,
        after=new,
        changes=difference_between(texts),
        effects=compare_decisions(old, new, environments=environments),
        failures=run_cases(new, after.read_cases()).failures,
    )


def environments_of(project: Project, first: str) -> tuple[str, ...]:
    """The environments of a project, one of them first."""
    return (first, *(name for name in project.environments() if name != first))


def show_preview(found: PolicyPreview, *, as_json: bool) -> None:
    """Write a preview as the result of a dry run; exits 1 when cases would fail."""
    if as_json:
        print_json({"dry_run": True, **preview_document(found)})
    else:
        for line in preview_lines(found):
            say(line)
    if found.failures:
        raise typer.Exit(ExitCode.FAILED)


def preview_lines(found: PolicyPreview) -> Iterator[str]:
    """A preview for people."""
    if not found.changed:
        yield "nothing would change"
        return
    texts = changed_texts(found.before.stored, found.after.stored)
    yield from diff_lines(found.changes, found.effects, texts, every=False)
    for result in found.failures:
        yield f"{style('failed', fg='red', bold=True)} {result.case.name}: {result.failure}"
    if found.failures:
        yield f"{len(found.failures)} cases fail, so the change would be refused"


def preview_document(found: PolicyPreview) -> dict[str, Any]:
    """A preview as a JSON value."""
    return {
        "changed": found.changed,
        "from": found.before.version,
        "to": found.after.version,
        **diff_document(found.changes, found.effects),
        "cases_failed": [{"name": result.case.name, "failure": result.failure} for result in found.failures],
    }


def show_result(result: ChangeResult | DraftRecord, *, as_json: bool) -> None:
    """Write what a change did, or what a draft would do."""
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    if isinstance(result, ChangeResult) and not result.changed:
        say(f"nothing changed: version {result.version[:12]} is current")
        return
    for mark, names in (("-", result.removed), ("+", result.added), ("~", result.replaced)):
        for name in names:
            say(f"{mark} {name}")
    if isinstance(result, DraftRecord):
        say(f"draft {result.id} by {result.author}: version {result.version[:12]}")
        say(f"somebody else makes it current with: myelin policy activate {result.id}")
    else:
        before = result.before[:12] if result.before else "(none)"
        say(f"version {before} → {result.version[:12]} (number {result.sequence})")
