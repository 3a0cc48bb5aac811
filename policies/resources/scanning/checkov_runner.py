"""Runs checkov in this process on a Terraform plan; the only module that imports it to run it.

Its import takes seconds, so `load` pays it once for all plans. What it looks at is not advertised API:
tests/unit/policies/resources/scanning guards what is relied on here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CheckovMissingError
from .hints import hint

_FAILED_TO_RUN = re.compile(r"Failed to run check (CKV\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckovResult:
    """What one check says of one address of a plan."""

    id: str
    title: str
    hint: str
    address: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckovRun:
    """All results, and the ids of checks that failed to run, with why."""

    results: tuple[CheckovResult, ...]
    broken: Mapping[str, str]


class Checkov:
    """Checkov, ready to run."""

    def __init__(
        self, runner: Any, runner_filter: Any, find_check: Callable[[str], Any], *, any_value: str
    ) -> None:
        """Take what `load` has imported; `any_value` stands for whatever value an attribute has."""
        self._any_value = any_value
        self._runner = runner
        self._filter = runner_filter
        self._find_check = find_check

    def run(self, plan: Mapping[str, Any], *, skipped: Sequence[str] = ()) -> CheckovRun:
        """Run every check but the `skipped` ones on a plan."""
        with tempfile.TemporaryDirectory(prefix="myelin-check-") as folder:
            path = Path(folder, "plan.json")
            path.write_text(json.dumps(plan), encoding="utf-8")
            with _stumbles() as broken:
                report = self._report(path, skipped)
        records = [*report.passed_checks, *report.failed_checks]
        return CheckovRun(results=tuple(map(self._result, records)), broken=broken)

    def _report(self, path: Path, skipped: Sequence[str]) -> Any:
        chosen = self._filter(
            framework=["terraform_plan"], skip_checks=list(skipped), show_progress_bar=False
        )
        found = self._runner().run(root_folder=None, files=[str(path)], runner_filter=chosen)
        return found[0] if isinstance(found, list) else found

    def _result(self, record: Any) -> CheckovResult:
        outcome = record.check_result
        return CheckovResult(
            id=record.check_id,
            title=record.check_name,
            hint=self._hint(record),
            address=record.resource_address or record.resource,
            passed=str(outcome["result"].value) == "PASSED",
            detail="; ".join(str(item) for item in record.details),
        )

    def _hint(self, record: Any) -> str:
        if record.guideline:
            return str(record.guideline)
        evaluated = record.check_result.get("evaluated_keys") or []
        return hint(self._find_check(record.check_id), [str(key) for key in evaluated], self._any_value)


def load() -> Checkov:
    """Import checkov; raises CheckovMissingError."""
    streams = sys.stdout, sys.stderr
    try:
        # seconds of imports, which only a run pays for
        from checkov.common.checks_infra.registry import get_graph_checks_registry  # noqa: PLC0415
        from checkov.common.models.consts import ANY_VALUE  # noqa: PLC0415
        from checkov.runner_filter import RunnerFilter  # noqa: PLC0415
        from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415
        from checkov.terraform.plan_runner import Runner  # noqa: PLC0415
    except ImportError as error:
        raise CheckovMissingError(str(error)) from error
    finally:
        # checkov wraps them for colours; the reports go there as they are
        sys.stdout, sys.stderr = streams
    graph_checks = get_graph_checks_registry("terraform")

    def find_check(identity: str) -> Any:
        found = resource_registry.get_check_by_id(identity)
        return found or next((check for check in graph_checks.checks if check.id == identity), None)

    return Checkov(Runner, RunnerFilter, find_check, any_value=ANY_VALUE)


class _Log(logging.Handler):
    """Takes what checkov logs; of a check that failed to run it logs the trace, and goes on without."""

    def __init__(self, broken: dict[str, str]) -> None:
        super().__init__()
        self._broken = broken

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the check and the error."""
        found = _FAILED_TO_RUN.match(record.getMessage())
        if found is not None:
            error = record.exc_info[1] if record.exc_info else None
            self._broken[found[1]] = f"{type(error).__name__}: {error}" if error else "an error"


@contextmanager
def _stumbles() -> Iterator[dict[str, str]]:
    """Collect the checks that fail to run, and keep checkov's log from the terminal."""
    broken: dict[str, str] = {}
    root = logging.getLogger()
    before = root.handlers
    root.handlers = [_Log(broken)]
    try:
        yield broken
    finally:
        root.handlers = before
