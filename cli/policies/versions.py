"""Finds published versions by what people write: `current`, a few digits, the id of a draft."""

from __future__ import annotations

import re

from cli.errors import UsageError
from cli.policies.admin_client import PolicyAdmin

CURRENT = "current"
_MOST = 1000
_VERSION = re.compile(r"[0-9a-f]{8,64}")
_DRAFT = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def is_version(name: str) -> bool:
    """Whether this can be the name of something published."""
    return name == CURRENT or bool(_VERSION.fullmatch(name) or _DRAFT.fullmatch(name))


def find_version(admin: PolicyAdmin, name: str) -> str:
    """The full name of a version, of the current one, or of the one that a draft proposes.

    At least 8 digits are enough for one of the last thousand in the history. Raises UsageError.
    """
    if name == CURRENT:
        return admin.version().version
    if _DRAFT.fullmatch(name):
        found = {draft.version for draft in admin.drafts() if draft.id == name}
        hint = "list them with `myelin policy drafts`"
    elif _VERSION.fullmatch(name):
        if len(name) == 64:
            return name
        found = {entry.version for entry in admin.history(_MOST) if entry.version.startswith(name)}
        hint = "list them with `myelin policy history`"
    else:
        found = set()
        hint = f"write `{CURRENT}`, the id of a draft, or at least 8 digits of a version"
    if len(found) != 1:
        what = "several versions" if found else "no version"
        raise UsageError(f"`{name}` is {what}", hint=hint)
    return found.pop()
