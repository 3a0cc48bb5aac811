"""Clients with IAM credentials at Orbit's door, in a sandbox: the example of docs/identities.md. ZTN-1"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.documents.clients_example import IDENTITIES
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("identities")]


@dataclass(frozen=True)
class Identified:
    """The deployed example, and the variables that `myelin sandbox env` gives."""

    copy: ProjectCopy
    variables: dict[str, str]

    def ask(self, **changed: str) -> subprocess.CompletedProcess[str]:
        """Run the page's program."""
        return subprocess.run(
            [sys.executable, "-I", "-c", IDENTITIES.block("python"), self.copy.address],
            env={"PATH": os.environ["PATH"], **self.variables, **changed},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture(scope="module")
def identified(tmp_path_factory: pytest.TempPathFactory, archives: Path) -> Iterator[Identified]:
    copy = ProjectCopy(tmp_path_factory.mktemp("identified") / "project", archives)
    try:
        IDENTITIES.follow(copy.root)
        for service in ("axon", "orbit"):
            copy.edit(f"services/{service}/service.toml", "min = 2", "min = 1")
        copy.up()
        yield Identified(copy, copy.myelin("sandbox", "env").document["variables"])
    finally:
        copy.close()


def test_the_page_works_as_it_is_written(identified: Identified) -> None:
    """Its commands say what is shown; its program is answered, for the tenant that the declaration says, and
    proven, and no line has its proof.
    """
    for command, said in IDENTITIES.conversation():
        shown = identified.copy.myelin(*shlex.split(command), json=False, check=False)
        assert shown.stdout.splitlines()[0] == said, shown.stderr
    ran = identified.ask()
    assert ran.returncode == 0, ran.stderr
    [correlation] = re.findall(r'"correlation_id":"(\w+)"', ran.stdout)[:1]
    lines = identified.copy.logs(correlation, "call admitted", "client authenticated")
    assert {line.get("tenant") for line in lines if line["message"] == "call admitted"} == {"acme"}
    assert [line["identity"] for line in lines if line["message"] == "client authenticated"] == [
        "user/operator"
    ]
    assert "signature" not in str(lines)


@pytest.mark.parametrize(
    "changed",
    [
        {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
        {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"},
    ],
    ids=["secret", "region"],
)
def test_what_sts_does_not_confirm_is_401(identified: Identified, changed: dict[str, str]) -> None:
    """A secret that is not the key's, and a proof for another region."""
    ran = identified.ask(**changed)
    assert ran.returncode == 1
    assert (
        "HTTP Error 401" in ran.stderr
        or "InvalidClientTokenId" in ran.stderr
        or "SignatureDoesNotMatch" in ran.stderr
    )


def test_another_person_does_not_come_in(identified: Identified) -> None:
    """Whoever has credentials of the account, and is not declared."""
    identified.copy.client("iam").create_user(UserName="mallory")
    key = identified.copy.client("iam").create_access_key(UserName="mallory")["AccessKey"]
    ran = identified.ask(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    assert "HTTP Error 401" in ran.stderr, ran.stderr
