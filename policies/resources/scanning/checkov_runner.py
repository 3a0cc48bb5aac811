"""Runs checkov in this process on a Terraform plan; the only module that imports it to run it.

Its import takes seconds, so `load` pays it once for all plans. What it looks at is not advertised API:
tests/unit/policies/resources/scanning guards what is relied on here.
"""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ..findings.severity import Severity
from .check_facts import ANY_TYPE, CheckFacts, facts_of
from .checker import BrokenCheck, CheckovResult, CheckovRun
from .errors import CheckovMissingError
from .hints import CheckAdvice, advice
from .plan_files import write_plan
from .policy_analyses import AnalysedOnce
from .severities import severity_of

_FAILED_TO_RUN = re.compile(r"Failed to run check (?P<id>CKV\w+) on [^:]*:(?P<address>\S+)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkov:
    """Checkov, ready to run: its classes and registries, and what stands for any value of an attribute."""

    runner: Any
    runner_filter: Any
    resource_checks: Any
    graph_checks: Any
    policy_cache: dict[str, Any]
    any_value: str

    def run(
        self, plan: Mapping[str, Any], *, skipped: Sequence[str] = (), only: Sequence[str] = ()
    ) -> CheckovRun:
        """Run every check but the `skipped` ones on a plan, or only some."""
        with tempfile.TemporaryDirectory(prefix="myelin-check-") as folder:
            paths = write_plan(Path(folder), plan)
            # it is kept by name, and the same names come again with other policies
            self.policy_cache.clear()
            with _broken_checks() as broken:
                report = self._report(paths, skipped, only)
        records = [*report.passed_checks, *report.failed_checks]
        return CheckovRun(
            results=tuple(map(self._result, records)), broken=tuple(map(self._broken, broken.items()))
        )

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all checks that there are."""
        by_type = (check.id for checks in self.resource_checks.checks.values() for check in checks)
        return frozenset((*by_type, *(check.id for check in self.graph_checks.checks)))

    @cache  # noqa: B019 - there is one of them, for the whole run
    def facts(self, terraform_type: str) -> tuple[CheckFacts, ...]:
        """What the checks for a type look at."""
        of_graph = [facts_of(check) for check in self.graph_checks.checks]
        return (
            *(facts_of(check) for check in self.resource_checks.get_checks(terraform_type)),
            *(facts for facts in of_graph if {terraform_type, ANY_TYPE} & facts.words.keys()),
        )

    def _report(self, paths: Sequence[Path], skipped: Sequence[str], only: Sequence[str]) -> Any:
        chosen = self.runner_filter(framework=["terraform_plan"], show_progress_bar=False)
        # its own choice looks at every id by patterns, for every check and resource
        chosen.should_run_check = _Chosen(frozenset(skipped), frozenset(only))
        found = self.runner().run(root_folder=None, files=list(map(str, paths)), runner_filter=chosen)
        return found[0] if isinstance(found, list) else found

    def _result(self, record: Any) -> CheckovResult:
        outcome = record.check_result
        return CheckovResult(
            id=record.check_id,
            title=record.check_name,
            advice=self._advice(record),
            address=_address(record),
            passed=str(outcome["result"].value) == "PASSED",
            detail="; ".join(str(item) for item in record.details),
            severity=self._severity(self._find_check(record.check_id), record.check_id, record.check_name),
        )

    def _broken(self, found: tuple[tuple[str, str], str]) -> BrokenCheck:
        (identity, address), why = found
        check = self._find_check(identity)
        title = check.name if check else identity
        return BrokenCheck(
            id=identity,
            title=title,
            address=address,
            why=why,
            severity=self._severity(check, identity, title),
        )

    @staticmethod
    def _severity(check: Any, identity: str, title: str) -> Severity:
        named = getattr(check, "categories", None) or (getattr(check, "category", None) or "",)
        return severity_of(identity, title, [str(getattr(one, "name", one)) for one in named])

    def _advice(self, record: Any) -> CheckAdvice:
        evaluated = [str(key) for key in record.check_result.get("evaluated_keys") or []]
        kind = _address(record).partition(".")[0]
        return advice(self._find_check(record.check_id), evaluated, kind, self.any_value)

    def _find_check(self, identity: str) -> Any:
        return self._by_id.get(identity)

    @cached_property
    def _by_id(self) -> Mapping[str, Any]:
        """Checks by id; of two with the same id, that which looks at one resource alone."""
        of_types = [check for _, check in self.resource_checks.all_checks()]
        return {check.id: check for check in reversed([*of_types, *self.graph_checks.checks])}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which checks run: all but the skipped ones, or only some; called as checkov's own choice is."""

    skipped: frozenset[str]
    only: frozenset[str]

    def __call__(self, check: Any = None, check_id: str | None = None, **_: Any) -> bool:
        identity = check.id if check else check_id
        return identity not in self.skipped and (not self.only or identity in self.only)


def _address(record: Any) -> str:
    return str(record.resource_address or record.resource)


def load() -> Checkov:
    """Import checkov; raises CheckovMissingError."""
    streams = sys.stdout, sys.stderr
    try:
        # seconds of imports, which only a run pays for
        from checkov.common.checks_infra.registry import get_graph_checks_registry  # noqa: PLC0415
        from checkov.common.models.consts import ANY_VALUE  # noqa: PLC0415
        from checkov.runner_filter import RunnerFilter  # noqa: PLC0415
        from checkov.terraform.checks.resource import base_cloudsplaining_resource_iam_check  # noqa: PLC0415
        from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415
        from checkov.terraform.checks.utils.base_cloudsplaining_iam_scanner import (  # noqa: PLC0415
            BaseTerraformCloudsplainingIAMScanner,
        )
        from checkov.terraform.plan_runner import Runner  # noqa: PLC0415
        from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: PLC0415
    except ImportError as error:
        raise CheckovMissingError(str(error)) from error
    finally:
        # checkov wraps them for colours; the reports go there as they are
        sys.stdout, sys.stderr = streams
    iam_checks: Any = base_cloudsplaining_resource_iam_check
    iam_checks.PolicyDocument = AnalysedOnce(PolicyDocument)
    graph_checks = get_graph_checks_registry("terraform")
    graph_checks.load_checks()
    return Checkov(
        runner=Runner,
        runner_filter=RunnerFilter,
        resource_checks=resource_registry,
        graph_checks=graph_checks,
        policy_cache=BaseTerraformCloudsplainingIAMScanner.policy_document_cache,
        any_value=ANY_VALUE,
    )


class _Log(logging.Handler):
    """Takes what checkov logs; of a check that failed to run it logs the trace, and goes on without."""

    def __init__(self, broken: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self._broken = broken

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the check, the address and the error."""
        found = _FAILED_TO_RUN.match(record.getMessage())
        if found is not None:
            error = record.exc_info[1] if record.exc_info else None
            why = f"{type(error).__name__}: {error}" if error else "an error"
            self._broken[found["id"], found["address"]] = why


@contextmanager
def _broken_checks() -> Iterator[dict[tuple[str, str], str]]:
    """Collect the checks that fail to run, and keep checkov's log from the terminal."""
    broken: dict[tuple[str, str], str] = {}
    root = logging.getLogger()
    before = root.handlers
    root.handlers = [_Log(broken)]
    try:
        yield broken
    finally:
        root.handlers = before
