"""The executable by which Pulumi's engine reaches a sandbox. FID-1"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc
from typer.testing import CliRunner

from cli.main import app
from cli.worlds.plugin import EXECUTABLE
from tests.support.paths import ROOT
from tests.support.plugin.peer import Peer

pytestmark = pytest.mark.sandbox
VPC = "aws:ec2/vpc:Vpc"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What `myelin sandbox provider` says; it has started a sandbox, in which nothing is deployed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYELIN_SANDBOX_DIR", str(tmp_path_factory.mktemp("sandbox")))
        ran = CliRunner().invoke(app, ["sandbox", "provider", "--json", "--project", str(ROOT)])
        assert ran.exit_code == 0, ran.output
        yield json.loads(ran.stdout)
        CliRunner().invoke(app, ["down", "--yes", "--project", str(ROOT)])


def test_an_engine_that_starts_it_makes_real_resources(printed: dict[str, object]) -> None:
    """From any folder, with nothing in the environment, and with a resource that the next start finds."""
    assert printed["executable"] == f"{printed['path']}/{EXECUTABLE}"
    with started(str(printed["executable"])) as engine:
        engine.configure()
        assert engine.check(VPC, {"cidrBlock": "10.0.0.0/16", "colour": "red"}) != []
        identity, outputs = engine.create(VPC, {"cidrBlock": "10.0.0.0/16"})
        account = engine.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"]
        assert f":{account}:vpc/{identity}" in outputs["arn"]
    with started(str(printed["executable"])) as engine:
        engine.configure()
        assert engine.read(VPC, identity, {"cidrBlock": "10.0.0.0/16"}, outputs)[0] == identity
        engine.delete(VPC, identity, {"cidrBlock": "10.0.0.0/16"}, outputs)
        assert engine.read(VPC, identity, {"cidrBlock": "10.0.0.0/16"}, outputs)[0] == ""


def test_states_are_kept_in_the_sandbox(printed: dict[str, object]) -> None:
    """They go with it, and a rehearsal never gets into the states of a team."""
    variables = printed["variables"]
    assert isinstance(variables, dict)
    url = variables["PULUMI_BACKEND_URL"]
    assert Path(url.removeprefix("file://")).is_relative_to(Path(str(printed["path"])).parent)


@contextmanager
def started(executable: str) -> Iterator[Peer]:
    """The executable as an engine starts it, and the engine's side of the connection."""
    process = subprocess.Popen(
        [executable, "127.0.0.1:1"],
        cwd="/",
        env={"PATH": os.defpath, "HOME": "/nonexistent"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield Peer(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        process.terminate()
        process.communicate()
