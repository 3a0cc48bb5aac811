"""What ECS says to a hook, and what was declared for it. DEL-4."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.rollout.errors import RolloutError
from lambdas.rollout.hook_event import HookEvent, SmokeTest, read_event

SERVICE = "arn:aws:ecs:us-east-1:111122223333:service/dev/orbit"
REVISION = "arn:aws:ecs:us-east-1:111122223333:service-revision/dev/orbit/42"
DETAILS: dict[str, Any] = {"service": "orbit", "paths": ["/health"], "url": "https://lb:8443"}


def event(**details: Any) -> dict[str, Any]:
    return {
        "executionId": "x",
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "resourceArn": "arn:deployment",
        "executionDetails": {"serviceArn": SERVICE, "targetServiceRevisionArn": REVISION},
        "hookDetails": details,
    }


def test_an_event_as_ecs_sends_it() -> None:
    """Details of the execution stand below a key of their own."""
    assert read_event(event(**DETAILS)) == HookEvent(
        stage="POST_TEST_TRAFFIC_SHIFT",
        service_arn=SERVICE,
        revision_arn=REVISION,
        test=SmokeTest(service="orbit", paths=("/health",), url="https://lb:8443"),
    )


def test_an_event_as_the_guide_prints_it() -> None:
    """Flat: read just as well."""
    nested = event(**DETAILS)
    flat = {**nested, **nested.pop("executionDetails")}
    flat.pop("executionDetails", None)
    assert read_event(flat) == read_event(event(**DETAILS))


@pytest.mark.parametrize("port", [8081, 8081.0, "8081"])
def test_a_port_in_any_spelling(port: object) -> None:
    """ECS hands the details on as a document, whose numbers may be floats."""
    assert read_event(event(service="axon", paths=["/health"], port=port)).test.port == 8081


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({**DETAILS, "paths": []}, "`hookDetails.paths` is no list of paths"),
        ({**DETAILS, "paths": ["health"]}, "`hookDetails.paths` is no list of paths"),
        ({**DETAILS, "port": 1}, "`hookDetails` has to have either `url` or `port`"),
        ({"service": "a", "paths": ["/"]}, "`hookDetails` has to have either `url` or `port`"),
        ({**DETAILS, "url": "file:///etc/passwd"}, "`hookDetails.url` is no address of a load balancer"),
        ({"service": "a", "paths": ["/"], "port": "x"}, "`hookDetails.port` is no port"),
        ({**DETAILS, "service": ""}, "`service` is missing"),
    ],
)
def test_details_that_say_nothing_to_test(details: dict[str, Any], message: str) -> None:
    """Each is named; nothing else than http is asked."""
    with pytest.raises(RolloutError) as caught:
        read_event(event(**details))
    assert caught.value.message == message


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"lifecycleStage": "A"}])
def test_what_is_no_event(broken: object) -> None:
    """It is refused, and never a traceback."""
    with pytest.raises(RolloutError):
        read_event(broken)
