"""The fixed shape of the project: language, packages, folders, what its components make."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.recording.environments import recorded

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

PACKAGES = {
    "pulumi": "pulumi",
    "pulumi-aws": "pulumi_aws",
    "boto3": "boto3",
    "aws-lambda-powertools": "aws_lambda_powertools",
    "aws-xray-sdk": "aws_xray_sdk",
    "pydantic": "pydantic",
    "moto": "moto",
    "checkov": "checkov",
    "pytest": "pytest",
    "typer": "typer",
}
"""Those that may not be missing, with the names that they are imported by."""
FOLDERS = ("stacks", "components", "lambdas", "services", "policies", "cli", "tests", "docs", "sandbox")
MADE = {
    "aws:ec2/vpc:Vpc",
    "aws:ecs/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "aws:dynamodb/table:Table",
}


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_it_is_a_python_project_around_pulumi() -> None:
    """SHP-1: a package for Python, and one Pulumi project whose program is Python."""
    assert project()["project"]["requires-python"] == ">=3.11"
    pulumi = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert (pulumi["name"], pulumi["runtime"]["name"], pulumi["main"]) == ("myelin", "python", "stacks")


def test_required_packages_are_there_and_used() -> None:
    """SHP-2: each is a dependency, and some module of ours imports it."""
    listed = [*project()["project"]["dependencies"], *project()["dependency-groups"]["dev"]]
    names = {line.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip() for line in listed}
    assert names >= PACKAGES.keys()
    sources = [
        path.read_text(encoding="utf-8") for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
    ]
    unused = {name for name in PACKAGES.values() if not any(_imports(name, text) for text in sources)}
    assert unused == set()


def _imports(package: str, source: str) -> bool:
    """By a statement, or by name where it is loaded as late as it is needed."""
    form = rf'^\s*(from|import) {package}\b|import_module\(\s*"{package}\b'
    return package in source and re.search(form, source, re.MULTILINE) is not None


def test_the_folders_are_those_that_are_fixed() -> None:
    """SHP-3: every top-level folder of the project is one of these, and each is there."""
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_")) and any(path.rglob("*.py"))
    }
    assert there | {"docs"} == set(FOLDERS)


def test_components_define_what_they_have_to() -> None:
    """SHP-4: network, containers, keys, secrets and tables come out of components."""
    made = {
        one.type
        for graph in recorded("dev").values()
        for one in graph.custom
        if (parent := graph.parent_of(one)) is not None and parent.type.startswith("myelin:")
    }
    assert made >= MADE
