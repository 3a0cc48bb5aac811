"""Finds out what reached Axon, from Axon's own log."""

from __future__ import annotations

import json
import uuid

from tests.support.end_to_end.project import ProjectCopy, until

LOG_GROUP = "/myelin/sandbox/axon"
ARRIVED = ("call admitted", "call refused")
"""What Axon says first of each request for work, before it answers."""


class AxonRequests:
    """The requests that arrived at the processes of Axon, each known by its correlation id.

    Lines of one process arrive in the order they were written. So each process is sent a probe, an unsigned
    request, and once the probes' lines are there, so are the lines of everything answered before them.
    """

    def __init__(self, project: ProjectCopy) -> None:
        """Watch the Axon of a deployed project."""
        self._project = project
        self._probes: set[str] = set()

    def seen(self) -> set[str]:
        """The correlation ids of all requests for work so far, without the probes."""
        probes = {self._probe(task["port"]) for task in self._project.tasks("axon")}
        self._probes |= probes

        def arrived() -> set[str] | None:
            found = self._logged()
            return found if probes <= found else None

        return until(arrived, "the lines of the probes") - self._probes

    def _probe(self, port: int) -> str:
        name = f"probe-{uuid.uuid4()}"
        answer = self._project.request(
            "POST", f"http://127.0.0.1:{port}/reason", headers={"x-correlation-id": name}
        )
        assert answer.status_code == 401
        return name

    def _logged(self) -> set[str]:
        pages = (
            self._project.client("logs").get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP)
        )
        records = (json.loads(event["message"]) for page in pages for event in page["events"])
        return {record["correlation_id"] for record in records if record["message"] in ARRIVED}
