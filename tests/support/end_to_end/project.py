"""A copy of the project's data in a folder of its own, and the command line, AWS and HTTP to work on it."""

from __future__ import annotations

import json as json_module
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from cli.environment import read_environment
from cli.logs.reader import read_lines
from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.world import deployed_platform, deployed_workloads
from sandbox.cloud import host as hosts
from sandbox.provider.api_clients import ApiClients, connect
from stacks.outputs import RecordedPlatform, RecordedWorkloads
from tests.support.access.keys import operator_credentials
from tests.support.end_to_end.commands import Command
from tests.support.paths import ROOT

MYELIN = Path(sys.executable).with_name("myelin")
REGION = "us-east-1"
ENVIRONMENT = "sandbox"
COMMAND_SECONDS = 90.0
UP_SECONDS = 240.0
"""A deployment of several services, on a machine that is busy."""
ARCHIVES = Path(".myelin", "archives")

_FOLDERS = ("stacks/config", "policies", "lambdas")
_NOT_DATA = shutil.ignore_patterns("__pycache__", "*.pyc")
_DROPPED = ("AWS_", "PULUMI_", "MYELIN_", "XDG_")
_PAUSE = 0.1

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended; `document` is the JSON value that it wrote to stdout, if it was asked for one."""

    code: int
    document: Any
    stdout: str
    stderr: str


def archive_cache(folder: Path) -> Path:
    """Make a cache of code archives that begins with those of this checkout; copies share it."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in (ROOT / ARCHIVES).glob("*.zip"):
        link = folder / archive.name
        if not link.exists():
            try:
                link.symlink_to(archive)
            except FileExistsError:
                continue  # another worker was first
    return folder


def until(condition: Callable[[], Value | None], what: str, *, seconds: float = 15.0) -> Value:
    """Wait until the condition gives something true, and give that back; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(_PAUSE)
    return value


def had_no_time(answer: httpx.Response) -> bool:
    """Whether a call was refused because governance did not decide in time: the call itself may be right."""
    return answer.status_code == 503 and '"governance_timeout"' in answer.text


class ProjectCopy:
    """What people wrote in this project, copied to where it can be changed; the code stays where it is."""

    def __init__(self, root: Path, archives: Path) -> None:
        """Copy to `root`, which is made; its sandbox lives below it, its code archives in `archives`."""
        self.root = root
        self.sandbox = root / "sandbox"
        for name in _FOLDERS:
            shutil.copytree(ROOT / name, root / name, ignore=_NOT_DATA)
        shutil.copy(ROOT / "Pulumi.yaml", root)
        for declaration in (ROOT / "services").glob("*/service.toml"):
            folder = root / "services" / declaration.parent.name
            folder.mkdir(parents=True)
            shutil.copy(declaration, folder)
        shutil.copy(ROOT / "services" / "images.toml", root / "services")
        (root / ARCHIVES).parent.mkdir()
        (root / ARCHIVES).symlink_to(archives, target_is_directory=True)
        self.deployments: list[Ran] = []
        """How each `up` ended, in order."""
        self.undisturbed: dict[str, int] = {}
        """What the first deployment made, as it was counted then."""
        self._http = httpx.Client(trust_env=False, verify=False, timeout=30)

    # the command line

    def myelin(
        self, *arguments: str, check: bool = True, timeout: float = COMMAND_SECONDS, json: bool = True
    ) -> Ran:
        """Run `myelin` on the copy to its end; `check` asserts exit code 0, `json` asks for --json."""
        command = self.start(*arguments, *(("--json",) if json else ()))
        stdout, stderr = command.communicate(timeout)
        assert command.returncode is not None
        ran = Ran(
            code=command.returncode,
            document=json_module.loads(stdout) if json and stdout.strip() else None,
            stdout=stdout,
            stderr=stderr,
        )
        if check:
            assert ran.code == 0, f"myelin {' '.join(arguments)}: exit {ran.code}\n{stdout}{stderr}"
        return ran

    def start(self, *arguments: str) -> Command:
        """Start `myelin` on the copy, in a process group of its own, without a terminal."""
        return Command(arguments, root=self.root, environment=self.environment())

    def environment(self) -> dict[str, str]:
        """The environment variables that commands run with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
        return {**kept, "MYELIN_SANDBOX_DIR": str(self.sandbox), "NO_COLOR": "1"}

    def up(self, *arguments: str, check: bool = True, json: bool = True) -> Ran:
        """Deploy an environment, by default `sandbox`, going ahead with whatever it asks."""
        ran = self.myelin("up", "--yes", *arguments, check=check, json=json, timeout=UP_SECONDS)
        self.deployments.append(ran)
        return self.deployments[-1]

    def down(self) -> Ran:
        """End the sandbox, and assert that nothing of it is left."""
        ran = self.myelin("down", "--yes")
        assert self.processes() == []
        return ran

    # the files

    def path(self, relative: str) -> Path:
        """A file of the copy."""
        return self.root / relative

    def edit(self, relative: str, old: str, new: str) -> None:
        """Replace the one place in a file where `old` stands."""
        path = self.path(relative)
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"`{old}` is {text.count(old)} times in {relative}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    # the sandbox

    @property
    def host(self) -> hosts.Host:
        """The running sandbox."""
        found = hosts.find(self.sandbox)
        assert found is not None, "no sandbox is running"
        return found

    def status(self) -> dict[str, Any]:
        """What the sandbox says that it runs: services and tasks, functions, load balancers, mesh."""
        return hosts.status(self.host)

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """The running tasks of a service."""
        found = next(item for item in self.status()["services"] if item["name"] == service)
        tasks: list[dict[str, Any]] = found["tasks"]
        return tasks

    def processes(self) -> list[psutil.Process]:
        """Every process that carries the mark of this sandbox."""
        return hosts.find_marked(self.sandbox)

    @property
    def project(self) -> Project:
        """The copy, as commands find it."""
        return Project(root=self.root, sandbox=self.sandbox)

    @property
    def world(self) -> SandboxWorld:
        """The world of the environment `sandbox`, in the running sandbox."""
        return SandboxWorld(self.project, read_environment(self.project, ENVIRONMENT), host=self.host)

    @property
    def platform(self) -> RecordedPlatform:
        """The outputs of the deployed platform."""
        return deployed_platform(self.world)

    @property
    def workloads(self) -> RecordedWorkloads:
        """The outputs of the deployed services."""
        return deployed_workloads(self.world)

    # AWS and HTTP

    @cached_property
    def _clients(self) -> dict[str, ApiClients]:
        return {}

    def client(self, service: str) -> Any:
        """A boto3 client of an AWS service, on the running sandbox."""
        endpoint = self.host.endpoint
        if endpoint not in self._clients:
            self._clients[endpoint] = connect(endpoint, REGION, operator_credentials(self.sandbox))
        return self._clients[endpoint].client(service)

    @property
    def address(self) -> str:
        """Where the private load balancer listens on this machine."""
        balancer = self.status()["load_balancers"][0]
        return str(balancer["listeners"][0]["url"])

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Make one HTTP request, through no proxy; a URL without a host goes to the load balancer."""
        return self._http.request(method, self.address + url if url.startswith("/") else url, **options)

    def dispatch(
        self,
        intent: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
        patient: bool = True,
        **body: Any,
    ) -> tuple[int, httpx.Headers, Any]:
        """Dispatch through the load balancer; gives status, headers and the JSON value of the answer.

        Each has a tenant of its own unless one is given, so that no grant from before answers it. Who is
        `patient` asks again when governance had no time to decide, as it happens on a busy machine.
        """

        def answered() -> httpx.Response | None:
            answer = self.request(
                "POST",
                "/dispatch",
                json={"intent": intent, "tenant": uuid.uuid4().hex, **body},
                headers=dict(headers or {}),
                timeout=timeout,
            )
            return None if patient and had_no_time(answer) else answer

        answer = until(answered, "a decision", seconds=60)
        return answer.status_code, answer.headers, answer.json()

    def logs(self, correlation_id: str, *messages: str) -> list[dict[str, Any]]:
        """The log lines of a call as `myelin logs` reads them, once those with these messages are there."""
        groups = (
            *self.workloads.log_groups,
            self.platform.governance_log_group,
        )

        def arrived() -> list[dict[str, Any]] | None:
            lines = read_lines(self.client("logs"), groups, correlation_id=correlation_id, seconds=3600)
            found = [{**line.record, "group": line.group} for line in lines]
            return found if set(messages) <= {line["message"] for line in found} else None

        return until(arrived, f"log lines {messages} of {correlation_id}")

    def lines_until(self, correlation_ids: Set[str]) -> list[dict[str, Any]]:
        """All log lines of the services, once there is one with each of these correlation ids."""
        client = self.client("logs")

        def arrived() -> list[dict[str, Any]] | None:
            pages = (
                page
                for group in self.workloads.log_groups
                for page in client.get_paginator("filter_log_events").paginate(logGroupName=group)
            )
            found = [json_module.loads(event["message"]) for page in pages for event in page["events"]]
            there = {line.get("correlation_id") for line in found}
            return found if correlation_ids <= there else None

        return until(arrived, f"log lines of {correlation_ids}", seconds=30)

    def close(self) -> None:
        """End the sandbox whatever state it is in, assert that nothing is left, and close connections."""
        self._http.close()
        self.down()
