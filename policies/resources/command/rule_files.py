"""Loads the rules of a project's own: a Python file with a function `rules(check)` that gives them.

`check` is guardrails/authoring.py, so that the file needs no import, whatever the package is called that
reads it.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..guardrails import authoring
from ..guardrails.rule import Guardrail
from .errors import OptionError

_FUNCTION = "rules"


def load_rules(paths: Sequence[Path], taken: Iterable[str]) -> tuple[Guardrail, ...]:
    """Every rule in some files; raises OptionError, also for an id that is taken already."""
    seen = set(taken)
    found: list[Guardrail] = []
    for path in paths:
        for rule in _load(path):
            if rule.id in seen:
                raise OptionError(
                    f"`{path}` has a rule `{rule.id}`, which there is already", hint="rename it"
                )
            seen.add(rule.id)
            found.append(rule)
    return tuple(found)


def _load(path: Path) -> Sequence[Guardrail]:
    try:
        make = runpy.run_path(str(path)).get(_FUNCTION)
        rules = list(make(authoring)) if callable(make) else None
    except Exception as error:
        raise OptionError(
            f"the rules in `{path}` cannot be read: {type(error).__name__}: {error}", hint="mend the file"
        ) from error
    if rules is None or not all(isinstance(rule, Guardrail) for rule in rules):
        raise OptionError(
            f"`{path}` gives no rules",
            hint=f"define `{_FUNCTION}(check)`, which returns a list of check.Guardrail",
        )
    return rules
