"""Turns what the admin function refuses into errors about the files of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.errors import CliError
from cli.policies.admin_client import AdminRefusedError
from policies.calls.changing.problem import AdminProblem, ProblemCode
from policies.calls.language.errors import PolicyError

_MOST = 20


class CasesFailError(CliError):
    """Published cases would fail after the change; the message names the first twenty."""

    def __init__(self, problem: AdminProblem) -> None:
        cases = [f"\n  {fault.case}: {fault.message}" for fault in problem.faults if fault.case]
        more = f"\n  and {len(cases) - _MOST} more" if len(cases) > _MOST else ""
        super().__init__(
            f"{len(cases)} cases would fail, so nothing was changed{''.join(cases[:_MOST])}{more}",
            hint=problem.hint,
        )


@contextmanager
def local_places(find: Callable[[str], Path]) -> Iterator[None]:
    """Inside, a refused policy is an error in its file here; `find` gives the file of a path sent."""
    try:
        yield
    except AdminRefusedError as error:
        problem = error.problem
        if problem.code is ProblemCode.CASES_FAILED:
            raise CasesFailError(problem) from error
        fault = problem.faults[0] if problem.faults else None
        if problem.code is not ProblemCode.INVALID_POLICY or fault is None or fault.path is None:
            raise
        raise PolicyError(
            fault.message, path=find(fault.path), line=fault.line, column=fault.column, hint=fault.hint
        ) from error
