"""Finds the policy set that a person means: a folder, or a published version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.errors import UsageError
from cli.policies.admin_client import open_admin
from cli.policies.local import read_set
from cli.policies.published import read_published
from cli.policies.versions import CURRENT, find_version, is_version
from cli.project import Project
from cli.session import Session
from policies.calls.rehearsing.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSet:
    """A set, ready to be asked; `label` says which it is."""

    label: str
    rehearsal: Rehearsal


def read_named_set(session: Session, name: str) -> NamedSet:
    """The set of a folder; of `current`, a version or a draft, the published one.

    Raises UsageError for what is neither, and what reading the set raises.
    """
    if Path(name).is_dir():
        return NamedSet(label=name, rehearsal=read_set(session.project, Path(name)).rehearsal())
    if not is_version(name):
        raise UsageError(
            f"`{name}` is neither a folder nor a published version",
            hint=f"name a folder of policies, `{CURRENT}`, a draft, or at least 8 digits of a version",
        )
    admin = open_admin(session.world)
    found = read_published(admin, find_version(admin, name))
    return NamedSet(label=found.version, rehearsal=found.rehearsal())


def read_project_set(project: Project) -> NamedSet:
    """The project's own set, as its files are now."""
    return NamedSet(label="the project's files", rehearsal=read_set(project).rehearsal())
