"""Reads the output of `pulumi preview --json`: one digest, or a stream of engine events.

Source: pulumi/pulumi, pkg/backend/display/json.go (previewDigest).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .diagnostics import errors_in, program_failed
from .documents import EXPORT, PREVIEW, make_graph, read_documents, read_resources
from .errors import NotAGraphError
from .events import digest_of, is_event
from .export import is_state
from .values import Graph

SHOW_SAMES = "pulumi preview --json --show-sames"
LEFT_OUT = f"the preview leaves unchanged resources out; `{SHOW_SAMES}` has them"
_SAME = "same"
_FIRST = frozenset({"create", "import", "read", _SAME})
"""What a step of a stack's first deployment can be."""
_NOT_OWNED = frozenset({"read", "read-replacement", "read-discard", "discard", "discard-replaced"})
_GONE = frozenset({"delete", "remove-pending-replace", "forget"})
_NOT_KEPT = _NOT_OWNED | _GONE | {"delete-replaced"}
_REFRESH = "refresh"
_DIGEST = frozenset({"changeSummary", "diagnostics", "duration"})


def read_preview(path: Path) -> Graph:
    """Read a preview: the stack as it will be; raises GraphError.

    A program that failed is raised as ProgramFailedError where it left nothing to judge; otherwise the graph
    says that resources may be missing.
    """
    documents = read_documents(path, PREVIEW)
    if is_event(documents[0]):
        digest = digest_of(documents)
    elif len(documents) == 1 and _is_digest(documents[0]):
        digest = documents[0]
    else:
        raise _not_a_preview(documents[0], path)
    steps = [step for step in digest.get("steps") or () if isinstance(step, dict)]
    found = read_resources(_states(steps), path)
    errors = errors_in(digest.get("diagnostics") or ())
    if errors and not any(item.of_aws for item in found):
        raise program_failed(errors, path)
    missing = [*_failed(errors), *(digest.get("cut") or ())]
    if _leaves_out(steps, digest.get("changeSummary")):
        missing.append(LEFT_OUT)
    return make_graph(found, "preview", path, missing=tuple(missing))


def _is_digest(document: Any) -> bool:
    if not isinstance(document, dict) or is_state(document):
        return False
    if "steps" in document:
        return isinstance(document["steps"] or [], list)
    # without any step, the list itself is left out
    return bool(_DIGEST & document.keys())


def _not_a_preview(document: Any, path: Path) -> NotAGraphError:
    if is_state(document):
        return NotAGraphError(f"is the output of `{EXPORT}`", path=path, hint="give it with --export")
    if isinstance(document, dict) and "resourcePlans" in (document.get("plan") or document):
        return NotAGraphError(
            "is an update plan, which has no whole resources", path=path, hint=f"write `{PREVIEW} > FILE`"
        )
    return NotAGraphError(
        f"is not the output of `{PREVIEW}`", path=path, hint=f"write it with `{PREVIEW} > FILE`"
    )


def _states(steps: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The states that are left when all steps are done.

    A resource may have several steps: it is refreshed before it is deleted, and of one that is replaced the
    old one is deleted before or after the new one is made.
    """
    left: list[tuple[Any, Any]] = []
    for step in steps:
        operation, urn, state = step.get("op"), step.get("urn"), step.get("newState")
        if (operation in _GONE and not _is_leftover(step)) or (operation == _REFRESH and not state):
            left = [item for item in left if item[0] != urn]
        elif state and operation not in _NOT_KEPT:
            left.append((urn, state))
    return [state for _, state in left]


def _is_leftover(step: Mapping[str, Any]) -> bool:
    """Whether a step deletes what an earlier replacement left behind, and not the resource itself."""
    return bool((step.get("oldState") or {}).get("delete"))


def _failed(errors: tuple[str, ...]) -> list[str]:
    return [f"the program failed, so resources may be missing: {error}" for error in errors]


def _leaves_out(steps: Sequence[Mapping[str, Any]], summary: Any) -> bool:
    """Whether unchanged resources are left out: there are fewer of them than the summary counts.

    Where it does not tell: a stack that was deployed before has unchanged resources, itself at least.
    """
    shown = sum(step.get("op") == _SAME for step in steps)
    counts = (
        {name: n for name, n in summary.items() if isinstance(n, int)} if isinstance(summary, dict) else {}
    )
    if counts.get(_SAME, 0) > shown:
        return True
    if shown or (counts and sum(counts.values()) == len(steps)):
        return False
    return any(step.get("op") not in _FIRST for step in steps)
