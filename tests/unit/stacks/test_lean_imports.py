"""Importing single resource classes of the provider."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

from stacks.lean_imports import import_provider_leanly
from tests.support.paths import ROOT

CHECK = """
import json, sys
from stacks.lean_imports import import_provider_leanly

import_provider_leanly()
from pulumi_aws.ec2.vpc import Vpc
from stacks.layers import foundation, platform, workloads

lean = "pulumi_aws.ec2.instance" not in sys.modules
import pulumi_aws as aws

json.dump(
    {
        "lean": lean,
        "same class by either way": aws.ec2.Vpc is Vpc and aws.ec2.vpc.Vpc is Vpc,
        "the rest is there": aws.ec2.Instance.__name__ == "Instance" and aws.s3.Bucket.__name__ == "Bucket",
        "an unknown name is none": not hasattr(aws.ec2, "NoSuchThing"),
        "is a package": aws.ec2.__name__ == "pulumi_aws.ec2" and aws.ec2.__file__.endswith("__init__.py"),
    },
    sys.stdout,
)
"""


@pytest.mark.costly("imports the whole provider")
def test_packages_are_whole_but_not_loaded() -> None:
    """One class brings in only what it needs; every other name of the package works as ever."""
    result = subprocess.run(
        [sys.executable, "-c", CHECK], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {
        "lean": True,
        "same class by either way": True,
        "the rest is there": True,
        "an unknown name is none": True,
        "is a package": True,
    }


def test_packages_in_use_stay_as_they_are() -> None:
    """Called again in a process that has imported the provider, it leaves what is loaded alone."""
    import_provider_leanly()
    before = importlib.import_module("pulumi_aws.ec2.vpc")
    import_provider_leanly()
    assert importlib.import_module("pulumi_aws.ec2.vpc") is before
    assert sys.modules["pulumi_aws.ec2"].vpc is before
