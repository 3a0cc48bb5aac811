"""The policies that follow from declarations: a permit for each declared call, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from policies.calls.language.text import quoted
from policies.calls.language.values import DeclaredCall, SourceText

_TEMPLATE = """\
@id({id})
@reason({reason})
permit (
  principal == Service::{caller},
  action == Action::{intent},
  resource == Service::{callee}
);
"""


def declared_permits(calls: Iterable[DeclaredCall]) -> tuple[SourceText, ...]:
    """The text of one permit for each declared call, by caller, callee and intent.

    Its path is that of the declaration, since a mistake in the policy is a mistake there.
    """
    edges = sorted({(call.caller, call.callee, call.intent) for call in calls})
    return tuple(_permit(caller, callee, intent) for caller, callee, intent in edges)


def _permit(caller: str, callee: str, intent: str) -> SourceText:
    text = _TEMPLATE.format(
        id=quoted(f"{caller}-may-{intent}-on-{callee}"),
        reason=quoted(f"{caller} declares that it calls {callee} to {intent}"),
        caller=quoted(caller),
        intent=quoted(intent),
        callee=quoted(callee),
    )
    return SourceText(path=declaration_path(caller), text=text, generated=True)


def declaration_path(service: str) -> Path:
    """The file in which a service declares its calls, below the project root."""
    return Path("services") / service / "service.toml"
