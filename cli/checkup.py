"""The checks of `myelin doctor`: each looks at one thing and says what it found."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from cli.deployment.inputs import read_inputs
from cli.deployment.inspection import require_records
from cli.environment import read_environment
from cli.errors import HostUnreadableError, explain
from cli.project import LAYERS, Project
from cli.worlds.opening import open_world
from sandbox.cloud import host as hosts
from stacks.names import existing_environments

OLDEST_PYTHON = (3, 11)
LEAST_DISK = 1024**3
PACKAGES = ("pulumi", "pulumi-aws", "moto", "cedarpy", "awslambdaric", "boto3")


class Verdict(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckupFinding:
    """What one check found, and what to do when it is not well."""

    subject: str
    verdict: Verdict
    detail: str
    hint: str = ""

    def document(self) -> dict[str, str]:
        """The finding as a JSON value."""
        return {
            "subject": self.subject,
            "verdict": self.verdict.value,
            "detail": self.detail,
            "hint": self.hint,
        }


def examine(project: Project) -> Iterator[CheckupFinding]:
    """Run every check, the machine first, then the files, then the sandbox."""
    yield _check_python()
    yield from _check_packages()
    yield _check_uv()
    yield _check_disk(project)
    yield _check_endpoint_variable()
    for environment in existing_environments(project.root):
        yield _failure_as_finding(f"environment {environment}", partial(_check_inputs, project, environment))
    yield _failure_as_finding("sandbox", lambda: _check_sandbox(project))
    for environment in existing_environments(project.root):
        yield _failure_as_finding(f"records of {environment}", partial(_check_records, project, environment))


def _failure_as_finding(subject: str, check: Callable[[], CheckupFinding]) -> CheckupFinding:
    """Run a check; what it raises in words is its finding."""
    try:
        return check()
    except Exception as error:
        found = explain(error)
        if found is None:
            raise
        where = f"{found.where}: " if found.where else ""
        return CheckupFinding(
            subject=subject, verdict=Verdict.FAILED, detail=f"{where}{found.message}", hint=found.hint
        )


def _check_python() -> CheckupFinding:
    running = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info[:2] >= OLDEST_PYTHON
    return CheckupFinding(
        subject="python",
        verdict=Verdict.OK if good else Verdict.FAILED,
        detail=running,
        hint="" if good else "install Python 3.11 or newer and run `make setup`",
    )


def _check_packages() -> Iterator[CheckupFinding]:
    for name in PACKAGES:
        try:
            yield CheckupFinding(subject=name, verdict=Verdict.OK, detail=version(name))
        except PackageNotFoundError:
            yield CheckupFinding(
                subject=name, verdict=Verdict.FAILED, detail="not installed", hint="run `make setup`"
            )


def _check_uv() -> CheckupFinding:
    beside = os.path.dirname(sys.executable)  # noqa: PTH120 - a search path is made of strings
    found = shutil.which("uv", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
    return CheckupFinding(
        subject="uv",
        verdict=Verdict.OK if found else Verdict.FAILED,
        detail=found or "not found",
        hint="" if found else "code archives are built with it; run `make setup`",
    )


def _check_disk(project: Project) -> CheckupFinding:
    free = shutil.disk_usage(project.root).free
    good = free >= LEAST_DISK
    return CheckupFinding(
        subject="disk",
        verdict=Verdict.OK if good else Verdict.WARNING,
        detail=f"{free / 1024**3:.1f} GiB free",
        hint="" if good else "code archives and logs need about 1 GiB",
    )


def _check_endpoint_variable() -> CheckupFinding:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return CheckupFinding(
        subject="AWS_ENDPOINT_URL",
        verdict=Verdict.WARNING if endpoint else Verdict.OK,
        detail=endpoint or "not set",
        hint="the sandbox uses its own endpoint; unset it" if endpoint else "",
    )


def _check_inputs(project: Project, environment: str) -> CheckupFinding:
    inputs = read_inputs(project, read_environment(project, environment))
    return CheckupFinding(
        subject=f"environment {environment}",
        verdict=Verdict.OK,
        detail=f"{len(inputs.services.services)} services, {len(inputs.services.calls)} calls, "
        f"{inputs.policies.policies} policies, settings of {len(inputs.config)} layers",
    )


def _check_sandbox(project: Project) -> CheckupFinding:
    host = hosts.find(project.sandbox)
    broken = hosts.unreadable(project.sandbox)
    if broken:
        raise HostUnreadableError(broken)
    if host is None:
        left = len(hosts.find_marked(project.sandbox))
        return CheckupFinding(
            subject="sandbox",
            verdict=Verdict.WARNING if left else Verdict.OK,
            detail=f"not running, {left} processes left over" if left else "not running",
            hint="run `myelin down`" if left else "",
        )
    services = hosts.status(host)["services"]
    ill = [item["name"] for item in services if item["healthy"] < item["desired"]]
    return CheckupFinding(
        subject="sandbox",
        verdict=Verdict.WARNING if ill else Verdict.OK,
        detail=f"process {host.pid} at {host.endpoint}" + (f", not healthy: {', '.join(ill)}" if ill else ""),
        hint="look at `myelin logs`" if ill else "",
    )


def _check_records(project: Project, environment: str) -> CheckupFinding:
    """Whether every record can be read; raises RecordsLostError or StateError for one that cannot."""
    count = 0
    if hosts.find_any(project.sandbox) is not None:
        world = open_world(project, environment)
        require_records(world)
        count = sum(world.resource_count(layer) for layer in LAYERS)
    return CheckupFinding(
        subject=f"records of {environment}",
        verdict=Verdict.OK,
        detail=f"{count} resources" if count else "nothing is deployed",
    )
