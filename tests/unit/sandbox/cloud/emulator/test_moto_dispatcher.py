"""Which of moto's applications a request gets, and how they are built."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.cloud.emulator.dispatcher import MotoDispatcher
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import Environ


@pytest.fixture
def dispatcher() -> Any:
    return MotoDispatcher()


def test_an_application_is_built_once_and_keeps_no_other_service_waiting(dispatcher: Any) -> None:
    """While EC2 is built, SQS gets its application; of all that ask for EC2 the first builds it."""
    building, go_on = threading.Event(), threading.Event()
    built: Counter[str] = Counter()

    def build(backend: str) -> object:
        built[backend] += 1
        if backend == "ec2":
            building.set()
            assert go_on.wait(60)
        return object()

    dispatcher.create_app = build
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(dispatcher.application_of, "ec2") for _ in range(4)]
        assert building.wait(60)
        assert dispatcher.application_of("sqs") is dispatcher.application_of("sqs")
        go_on.set()
        assert len({id(each.result(60)) for each in waiting}) == 1
    assert built == {"ec2": 1, "sqs": 1}


def test_a_request_goes_to_the_service_it_is_signed_for(
    dispatcher: Any, environ: Callable[..., Environ]
) -> None:
    """Everything unknown is S3."""
    asked: list[str] = []

    def build(backend: str) -> str:
        asked.append(backend)
        return backend

    dispatcher.create_app = build
    assert dispatcher.get_application(environ("ecs")) == "ecs"
    assert dispatcher.get_application(environ("lambda")) == "awslambda"
    assert dispatcher.get_application(environ("", PATH_INFO="/bucket/key", method="GET")) == "s3"
    assert asked == ["ecs", "awslambda", "s3"]


@pytest.mark.parametrize(
    ("service", "content_type", "expected"),
    [
        ("ecs", "application/x-amz-json-1.1", '{"__type": "NotImplemented", "message": "a < b"}'),
        ("ec2", "application/x-www-form-urlencoded", "<Response><Errors><Error><Code>NotImplemented</Code>"),
        ("sns", "application/x-www-form-urlencoded", "<ErrorResponse><Error><Code>NotImplemented</Code>"),
    ],
)
def test_errors_have_the_form_that_each_protocol_reads(
    environ: Callable[..., Environ], service: str, content_type: str, expected: str
) -> None:
    """JSON with a type, or XML, which EC2 wraps in its own way; text is escaped."""
    response = error_response(
        environ(service, CONTENT_TYPE=content_type), "501 Not Implemented", "NotImplemented", "a < b"
    )
    assert response.status_code == 501
    assert response.body.decode().startswith(expected)
    assert ("a &lt; b" in response.body.decode()) == ("xml" in dict(response.headers)["Content-Type"])
