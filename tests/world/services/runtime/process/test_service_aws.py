from __future__ import annotations

import uuid

import pytest

from services.runtime.errors import SecretUnavailableError
from services.runtime.process import aws as runtime_aws
from services.runtime.telemetry import tracing
from tests.support.services.processes import CREDENTIALS, REGION, AwsClients


@pytest.fixture
def reader(aws: AwsClients, monkeypatch: pytest.MonkeyPatch) -> runtime_aws.SecretsManager:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    client = runtime_aws.client("secretsmanager", region=REGION, timeouts=runtime_aws.Timeouts())
    return runtime_aws.SecretsManager(client)


def test_versions_are_read_by_stage(reader: runtime_aws.SecretsManager, aws: AwsClients) -> None:
    """The current version, no previous one before the first rotation, and both after it (SEC-2)."""
    made = aws("secretsmanager").create_secret(Name=f"keys/{uuid.uuid4()}", SecretString="one")
    arn, first = made["ARN"], made["VersionId"]

    current = reader.read(arn, "AWSCURRENT")
    assert current is not None
    assert (current.version, current.value) == (first, "one")
    assert "one" not in repr(current)
    assert reader.read(arn, "AWSPREVIOUS") is None

    second = aws("secretsmanager").put_secret_value(SecretId=arn, SecretString="two")["VersionId"]
    current, previous = reader.read(arn, "AWSCURRENT"), reader.read(arn, "AWSPREVIOUS")
    assert current is not None
    assert previous is not None
    assert [(current.version, current.value), (previous.version, previous.value)] == [
        (second, "two"),
        (first, "one"),
    ]


def test_a_secret_that_is_not_there_is_unavailable(reader: runtime_aws.SecretsManager) -> None:
    """AWS's error code is kept."""
    with pytest.raises(SecretUnavailableError) as caught:
        reader.read("nothing", "AWSCURRENT")
    assert caught.value.code == "ResourceNotFoundException"
    assert caught.value.message == "secret `nothing` could not be read: ResourceNotFoundException"


def test_an_endpoint_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the kind of a connection failure."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    client = runtime_aws.client("secretsmanager", region=REGION, timeouts=runtime_aws.Timeouts(connect=1))
    with pytest.raises(SecretUnavailableError) as caught:
        runtime_aws.SecretsManager(client).read("any", "AWSCURRENT")
    assert caught.value.code == "EndpointConnectionError"


def test_calls_of_aws_carry_the_trace(reader: runtime_aws.SecretsManager, aws: AwsClients) -> None:
    """A call of AWS inside a span carries its tracing header (OBS-4)."""
    client = runtime_aws.client("secretsmanager", region=REGION, timeouts=runtime_aws.Timeouts())
    seen: list[str | bytes | None] = []
    client.meta.events.register(
        "before-send", lambda request, **_: seen.append(request.headers.get("X-Amzn-Trace-Id"))
    )
    tracer = tracing.Tracer(service="orbit", exporter=tracing.NoExporter())

    client.list_secrets()
    with tracer.segment(None, method="POST", url="/") as span:
        client.list_secrets()

    assert seen[0] is None
    assert str(seen[1] if isinstance(seen[1], str) else (seen[1] or b"").decode()) == span.header()
