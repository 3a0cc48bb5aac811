"""Checks that the policies decide as their cases expect, before anything is changed."""

from __future__ import annotations

from cli.deployment.inputs import Inputs
from policies.calls.language.errors import PolicyError
from policies.calls.rehearsing.case_runs import run_cases
from policies.calls.rehearsing.rehearsal import Rehearsal


def require_passing_cases(inputs: Inputs) -> None:
    """Raise PolicyError, with its place, for the first case that the policies do not decide as it expects.

    The store refuses such a set as well, but only when there is one: by then two layers have changed.
    """
    results = run_cases(Rehearsal.of(inputs.policies), [placed.case for placed in inputs.cases]).results
    for placed, result in zip(inputs.cases, results, strict=True):
        if result.failure:
            raise PolicyError(
                f"the case `{placed.case.name}` fails: {result.failure}",
                path=placed.path,
                line=placed.line,
                hint="correct the policies, or the case if what it expects is no longer wanted; "
                "`myelin policy test` shows all of them",
            )
