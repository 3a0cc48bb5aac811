"""The AuthZEN API at the function URL of the deployed function, for clients that sign their requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.support.end_to_end.project import REGION, ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

SUBJECT, AXON = {"type": "service", "id": "orbit"}, {"type": "service", "id": "axon"}
ASKED = {"subject": SUBJECT, "action": {"name": "reason"}, "resource": AXON}


def post(project: ProjectCopy, path: str, body: Any, *, signed: bool = True) -> tuple[int, Any]:
    """Send a request as a client of AWS does; gives the status and the document of the answer."""
    url = project.platform.governance_url.rstrip("/") + path
    request = AWSRequest("POST", url, {"content-type": "application/json"}, json.dumps(body).encode())
    if signed:
        SigV4Auth(project.world.credentials, "lambda", REGION).add_auth(request)
    answer = project.request("POST", url, content=request.data, headers=dict(request.headers.items()))
    return answer.status_code, answer.json()


def test_one_evaluation(deployed: ProjectCopy) -> None:
    """The declared call is permitted, and the context of the answer names policy and version. GOV-1"""
    status, document = post(deployed, "/access/v1/evaluation", ASKED)
    assert (status, document.get("decision")) == (200, True), document
    assert document["context"]["reason_code"] == "permitted"
    assert document["context"]["policies"] == ["orbit-may-reason-on-axon"]
    assert post(deployed, "/access/v1/evaluation", ASKED, signed=False)[0] == 403


def test_a_batch_of_evaluations(deployed: ProjectCopy) -> None:
    """Members are taken from the request where an evaluation has none; the answers keep their order."""
    evaluations = [{}, {"action": {"name": "erase"}}, {"context": {"purpose": "test"}}]
    status, document = post(deployed, "/access/v1/evaluations", {**ASKED, "evaluations": evaluations})
    assert status == 200, document
    assert [each["decision"] for each in document["evaluations"]] == [True, False, True]
    assert document["evaluations"][1]["context"]["reason_code"] == "forbidden"
