"""The Lambda runtime of a function, by the target that its archive is for."""

from __future__ import annotations

import platform
import sys

import pytest

from components.functions.runtime import FunctionTarget, LambdaRuntime, lambda_runtime


def test_on_aws() -> None:
    """Functions run on Python 3.13 on Graviton, wherever they are deployed from."""
    found = lambda_runtime(FunctionTarget.LAMBDA_ARM64, host_python=(3, 11), host_machine="x86_64")
    assert found == LambdaRuntime(name="python3.13", architecture="arm64")


@pytest.mark.parametrize(
    ("machine", "architecture"), [("x86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")]
)
def test_on_the_host(machine: str, architecture: str) -> None:
    """For this machine the runtime is this interpreter's version and this machine's kind."""
    found = lambda_runtime(FunctionTarget.HOST, host_python=(3, 12), host_machine=machine)
    assert found == LambdaRuntime(name="python3.12", architecture=architecture)
    here = lambda_runtime(FunctionTarget.HOST)
    assert here.name == f"python3.{sys.version_info.minor}"
    assert here == lambda_runtime(FunctionTarget.HOST, host_machine=platform.machine())
