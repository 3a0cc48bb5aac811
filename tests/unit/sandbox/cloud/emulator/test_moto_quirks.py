"""The layers that make up for moto's differences."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from moto.core.common_models import BaseModel
from moto.dynamodb.models import DynamoDBBackend
from moto.logs.models import LogEvent

from sandbox.cloud.emulator.quirks import (
    HeaderNamesMiddleware,
    NotImplementedMiddleware,
    delete_policies_with_tables,
    track_no_instances,
)
from sandbox.cloud.emulator.wsgi import HEADERS, Environ, StartResponse, WsgiResponse, capture
from tests.support.emulator.applications import RecordingApplication

FORM = "application/x-www-form-urlencoded"


def missing(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    raise NotImplementedError("The put_x action has not been implemented")


def test_missing_operation_is_501_with_its_name(environ: Callable[..., Environ]) -> None:
    """A JSON client reads what is missing, and does not try again as after a 500."""
    answer = capture(NotImplementedMiddleware(missing), environ("monitoring", HTTP_X_AMZ_TARGET="T.PutX"))
    assert answer.status_code == 501
    document = json.loads(answer.body)
    assert document["__type"] == "NotImplemented"
    assert document["message"].startswith("not emulated: monitoring PutX")


def test_missing_query_operation_is_answered_in_xml(environ: Callable[..., Environ]) -> None:
    """Query clients get XML, EC2's in EC2's own form."""
    form = {"body": b"Action=PutX", "CONTENT_TYPE": FORM}
    iam = capture(NotImplementedMiddleware(missing), environ("iam", **form))
    ec2 = capture(NotImplementedMiddleware(missing), environ("ec2", **form))
    assert iam.body.startswith(b"<ErrorResponse><Error><Code>NotImplemented</Code>")
    assert ec2.body.startswith(b"<Response><Errors><Error><Code>NotImplemented</Code>")


def test_web_page_of_a_missing_route_is_501_but_other_404s_pass(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """Only the framework's own page means that there is no such operation; an answer to HEAD is no page."""
    layer = NotImplementedMiddleware(recorder)
    recorder.answer = lambda _: WsgiResponse(
        status="404 NOT FOUND",
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=b"<!doctype html>",
    )
    assert capture(layer, environ("appmesh")).status_code == 501
    assert capture(layer, environ("s3", REQUEST_METHOD="HEAD")).status_code == 404
    recorder.answer = lambda _: WsgiResponse(
        status="404 NOT FOUND", headers=(("Content-Type", "application/xml"),), body=b"<Error/>"
    )
    assert capture(layer, environ("s3")).status_code == 404


def test_metadata_headers_keep_their_spelling(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """moto finds `x-amz-meta-a_b` under the key and the name that its own server gives."""
    headers = (("x-amz-meta-a_b", "v"), ("x_evil", "w"))
    capture(HeaderNamesMiddleware(recorder), environ("s3", **{HEADERS: headers}))
    seen = recorder.calls[0]
    assert seen["HTTP_X_AMZ_META_A_B"] == "v"
    assert seen["moto.preserved_header_names"] == {"HTTP_X_AMZ_META_A_B": "x-amz-meta-a_b"}
    assert "HTTP_X_EVIL" not in seen


def test_what_moto_drops_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log event that nothing refers to is gone; moto's own list of all events would keep it for good."""
    monkeypatch.setattr(BaseModel, "__new__", BaseModel.__new__)  # put back afterwards
    track_no_instances()
    event = LogEvent(0, {"timestamp": 0, "message": "m"})
    gone = weakref.ref(event)
    del event
    assert gone() is None


def test_the_policy_of_a_deleted_table_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next table of the same name has none."""
    monkeypatch.setattr(DynamoDBBackend, "delete_table", DynamoDBBackend.delete_table)
    delete_policies_with_tables()
    backend = DynamoDBBackend("us-east-1", "123456789012")
    made: dict[str, Any] = {
        "schema": [],
        "attr": [],
        "throughput": None,
        "global_indexes": [],
        "indexes": [],
        "tags": [],
    }
    more: dict[str, Any] = {"streams": None, "billing_mode": "PAY_PER_REQUEST", "sse_specification": {}}
    backend.create_table("t", **made, **more, deletion_protection_enabled=False, warm_throughput=None)
    arn = backend.tables["t"].table_arn
    backend.put_resource_policy(arn, "{}", None)
    backend.delete_table("t")
    assert backend.resource_policies == {}
