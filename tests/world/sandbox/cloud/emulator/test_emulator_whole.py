"""moto behind all layers, called with boto3."""

from __future__ import annotations

import importlib
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.emulator import ACCOUNT, PRELOADED, Emulator, preload
from sandbox.errors import NotLoopbackError
from tests.support.access.keys import ANY_KEY

pytestmark = pytest.mark.sandbox

REGION = "us-east-1"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    made = Emulator(ping=dict, status=dict, shutdown=lambda: None, token="", preloaded=())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> EmulatorClients:
    return EmulatorClients(emulator.endpoint, REGION, ANY_KEY)


def test_whatever_a_deployment_asks_for_first_can_be_loaded_ahead(emulator: Emulator) -> None:
    """Every preloaded backend is there afterwards, in its region or its partition."""
    find: Any = importlib.import_module("moto.backends").get_backend
    built: list[str] = []
    preload(PRELOADED, REGION, built.append)
    assert tuple(built) == PRELOADED
    assert all({REGION, "aws"} & set(find(name)[ACCOUNT].keys()) for name in PRELOADED)


def marking(client: Any) -> list[str]:
    """Have a client mark its calls with the last entry of the list that this returns."""
    marks: list[str] = []

    def add(request: Any, **_: Any) -> None:
        if marks:
            request.headers["X-Myelin-Operation"] = marks[-1]

    client.meta.events.register("before-send", add)
    return marks


def test_marked_create_is_carried_out_once(emulator: Emulator) -> None:
    """Ten concurrent repeats of one marked CreateVpc make one VPC, and all see it."""
    ec2 = EmulatorClients(emulator.endpoint, REGION, ANY_KEY)("ec2")
    marks = marking(ec2)
    before = len(ec2.describe_vpcs()["Vpcs"])
    marks.append("operation-1/1")
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"], range(10)))
    assert len(set(made)) == 1
    marks.append("operation-1/2")
    assert ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"] not in made
    plain = EmulatorClients(emulator.endpoint, REGION, ANY_KEY)("ec2")
    assert len(plain.describe_vpcs()["Vpcs"]) == before + 2


def test_change_is_heard_after_it_happened(emulator: Emulator, aws: EmulatorClients) -> None:
    """A subscriber that reads at once sees the change; a refused call is not announced."""
    seen: list[int] = []
    sns = aws("sns")
    emulator.changes.subscribe("sns", lambda: seen.append(len(sns.list_topics()["Topics"])))
    sns.create_topic(Name="first")
    assert len(seen) == 1
    assert seen[0] >= 1
    with pytest.raises(ClientError):
        sns.create_topic(Name="not a name!")
    assert len(seen) == 1


def test_s3_objects_keep_bytes_names_and_metadata(aws: EmulatorClients) -> None:
    """Keys with spaces and umlauts, metadata with underscores and bodies of several megabytes survive."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="bucket")
    body = bytes(range(256)) * 20_000
    s3.put_object(Bucket="bucket", Key="a b/ü", Body=body, Metadata={"a_b": "c"})
    got = s3.get_object(Bucket="bucket", Key="a b/ü")
    assert got["Metadata"] == {"a_b": "c"}
    assert got["Body"].read() == body
    assert s3.head_object(Bucket="bucket", Key="a b/ü")["ContentLength"] == len(body)


def test_missing_operations_say_so_at_once(aws: EmulatorClients) -> None:
    """What moto lacks is NotImplemented, in one attempt, whether it lacks the method or the route."""
    for service, call in (
        ("cloudwatch", lambda c: c.put_managed_insight_rules(ManagedRules=[])),
        ("appmesh", lambda c: c.create_virtual_service(meshName="m", virtualServiceName="v", spec={})),
        ("ec2", lambda c: c.create_fpga_image(InputStorageLocation={"Bucket": "b"})),
    ):
        with pytest.raises(ClientError) as caught:
            call(aws(service))
        assert caught.value.response["Error"]["Code"] == "NotImplemented"
        assert caught.value.response["ResponseMetadata"].get("RetryAttempts", 0) == 0


def test_many_threads_may_change_and_read_one_service(aws: EmulatorClients) -> None:
    """Creating and listing at once never meets a dictionary that changes while it is read."""
    sqs, ecr = aws("sns"), aws("ecr")
    failures: list[BaseException] = []

    def churn(number: int) -> None:
        try:
            for index in range(10):
                ecr.create_repository(repositoryName=f"r{number}-{index}")
                ecr.describe_repositories()
                sqs.create_topic(Name=f"t{number}-{index}")
                sqs.list_topics()
        except Exception as error:  # noqa: BLE001 - collected for the assertion
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(ecr.describe_repositories()["repositories"]) == 60


def test_pages_of_other_origins_get_no_cors_permission(emulator: Emulator) -> None:
    """No answer allows a web page to read it."""
    request = urllib.request.Request(f"{emulator.endpoint}/bucket", headers={"Origin": "http://evil.example"})
    try:
        headers = urllib.request.urlopen(request).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    assert "Access-Control-Allow-Origin" not in headers


def test_clients_refuse_any_other_machine() -> None:
    """An endpoint that is not loopback is an error, whatever it looks like."""
    for endpoint in (
        "https://ec2.us-east-1.amazonaws.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1:80",
    ):
        with pytest.raises(NotLoopbackError):
            EmulatorClients(endpoint, REGION, ANY_KEY)


def test_emulator_that_cannot_be_loaded_says_so_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """When something is missing, each call is answered with what it is, in one attempt."""

    def fail() -> None:
        raise ModuleNotFoundError("No module named 'thing'")

    emulator = Emulator(ping=dict, status=dict, shutdown=lambda: None, token="", prepare=[fail])
    emulator.start()
    try:
        with pytest.raises(ClientError) as caught:
            EmulatorClients(emulator.endpoint, REGION, ANY_KEY)("iam").list_roles()
    finally:
        emulator.stop()
    assert caught.value.response["Error"] == {
        "Code": "EmulatorNotLoaded",
        "Message": "the emulator could not be loaded: No module named 'thing'",
    }
    assert "moto could not be loaded" in caplog.text
