"""What the admin function refuses, in the words and exit codes of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.errors import CliError
from cli.exit_codes import ExitCode
from lambdas.governance.admin_model import Fault, Problem, ProblemCode

_BAD_INPUT = frozenset(
    {
        ProblemCode.INVALID_REQUEST,
        ProblemCode.INVALID_POLICY,
        ProblemCode.NOT_FOUND,
        ProblemCode.DECLARED,
        ProblemCode.TOO_LARGE,
    }
)
_MOST = 20


class RefusedChangeError(CliError):
    """A change that the admin function did not make; `problem` is its answer."""

    def __init__(self, problem: Problem, *, path: Path | None = None) -> None:
        """`path` is the local file of the first fault, if that is known."""
        fault = problem.faults[0] if problem.faults else None
        located = fault is not None and fault.line is not None
        super().__init__(
            _message(problem, fault if located else None),
            hint=problem.hint or (fault.hint if fault else ""),
        )
        self.exit_code = ExitCode.USAGE if problem.code in _BAD_INPUT else ExitCode.FAILED
        self.problem = problem
        if fault is not None and located:
            self.path: Path | str | None = path or fault.path
            self.line, self.column = fault.line, fault.column


@contextmanager
def local_places(find: Callable[[str], Path]) -> Iterator[None]:
    """Inside, a refusal names the files of this machine; `find` gives the one of a path that was sent."""
    try:
        yield
    except RefusedChangeError as error:
        fault = next(iter(error.problem.faults), None)
        if fault is None or fault.path is None:
            raise
        raise RefusedChangeError(error.problem, path=find(fault.path)) from error


def _message(problem: Problem, first: Fault | None) -> str:
    if first is not None:
        return first.message
    cases = [f"\n  case `{fault.case}`: {fault.message}" for fault in problem.faults if fault.case]
    more = f"\n  and {len(cases) - _MOST} more" if len(cases) > _MOST else ""
    return problem.detail + "".join(cases[:_MOST]) + more
