"""Changing policies while the sandbox runs: by whom AWS authenticated, decided by at once, on record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials

from cli.policies.admin_client import AdminDeniedError, AdminRefusedError, PolicyAdmin, open_admin
from tests.support.end_to_end.project import REGION, ProjectCopy, until

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

LATER = 'when { context.time > datetime("2026-02-01") }'
"""So that the published cases, which ask on a day in January, pass all the same."""
FORBID = '@id("{id}") @reason("stopped") forbid (principal, action == Action::"{intent}", resource) {when};'


@pytest.fixture(scope="module")
def admin(running: ProjectCopy) -> Iterator[PolicyAdmin]:
    """The admin function as the operator; afterwards the policies are what they were."""
    found = open_admin(running.world)
    before = found.version().version
    yield found
    found.rollback(before)
    found.close()


@pytest.fixture(scope="module")
def ada(running: ProjectCopy) -> Credentials:
    """Keys of a user of her own."""
    iam = running.client("iam")
    iam.create_user(UserName="ada")
    calls = {
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
        "Resource": "*",
    }
    iam.put_user_policy(
        UserName="ada",
        PolicyName="calls",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [calls]}),
    )
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def dispatched(project: ProjectCopy) -> Any:
    """What governance says of the one declared call."""
    return project.myelin("dispatch", "reason", check=False).document


def test_a_change_is_decided_by_at_once_and_its_maker_is_on_record(
    running: ProjectCopy, admin: PolicyAdmin, ada: Credentials
) -> None:
    """GOV-2: a forbid stops the next call, a rollback lets it pass again; the trail names who did which."""
    hers = open_admin(running.world, credentials=ada)
    first = admin.version().version
    with pytest.raises(AdminRefusedError) as refused:
        hers.put("stop", FORBID.format(id="stop", intent="reason", when=""))
    assert refused.value.problem.code == "cases-failed"
    made = hers.put(
        "stop-erasing", FORBID.format(id="stop-erasing", intent="erase", when=LATER), note="twice"
    )
    assert made.added == ["stop-erasing"]
    ran = until(
        lambda: (
            (found := running.myelin("dispatch", "erase", check=False).document)
            and "stop-erasing" in json.dumps(found)
            and found
        ),
        "the new policy decides",
    )
    assert made.version in json.dumps(ran)
    hers.delete("stop-erasing", note="not needed: 100 % & more", expected=made.version)
    admin.rollback(made.version)
    admin.rollback(first)
    hers.close()
    history = list(admin.history())
    assert [(move.action, move.actor.rpartition("/")[2], move.note) for move in history[:4]] == [
        ("rollback", "operator", ""),
        ("rollback", "operator", ""),
        ("delete", "ada", "not needed: 100 % & more"),
        ("put", "ada", "twice"),
    ]


def test_nobody_gets_in_without_a_signature_that_holds(running: ProjectCopy, admin: PolicyAdmin) -> None:
    """Unsigned, with made-up keys, or with a wrong secret: AWS's answer, not the function's."""
    url = running.platform.admin_url
    assert httpx.get(f"{url}policies", trust_env=False).status_code == 403
    for credentials in (
        Credentials("AKIAMADEUP", "x"),
        Credentials(running.world.key.id, "wrong"),
        Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ):
        stranger = PolicyAdmin(
            url,
            credentials,
            REGION,
            audience=running.platform.admin_function_arn,
            sts=running.world.endpoint,
        )
        with pytest.raises(AdminDeniedError):
            stranger.version()
        stranger.close()
    assert admin.version().policies >= 2


def test_the_trail_is_exported_locked_and_verified_offline(
    running: ProjectCopy, admin: PolicyAdmin, tmp_path: Path
) -> None:
    """`audit verify` holds for the environment and for an export; an altered entry is named, with exit 1."""
    admin.put("noted", FORBID.format(id="noted", intent="erase", when=LATER))
    whole = running.myelin("audit", "verify").document
    assert (whole["entries"] >= 2, whole["lock"]) == (True, "GOVERNANCE")
    listed = running.myelin("audit", "list").document["entries"]
    assert [entry["sequence"] for entry in listed] == list(range(1, whole["entries"] + 1))
    export = tmp_path / "trail.txt"
    running.myelin("audit", "list", "--export", str(export))
    assert running.myelin("audit", "verify", str(export)).document["digest"] == whole["digest"]
    bucket = running.platform.audit_bucket
    s3 = running.client("s3")
    names = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    folder = tmp_path / "bucket"
    folder.mkdir()
    for name in names:
        assert s3.head_object(Bucket=bucket, Key=name)["ObjectLockMode"] == "GOVERNANCE"
        (folder / Path(name).name).write_bytes(s3.get_object(Bucket=bucket, Key=name)["Body"].read())
    files = [str(path) for path in folder.iterdir()]
    ran = running.myelin("audit", "verify", *files, "--key", f"{export}.pem").document
    assert ran["digest"] == whole["digest"]
    altered = export.read_bytes().replace(b'"action":"put"', b'"action":"pux"', 1)
    export.write_bytes(altered)
    broken = running.myelin("audit", "verify", str(export), check=False)
    assert broken.code == 1
    assert "the audit trail is broken at entry" in broken.document["error"]["message"]


def test_a_deployment_keeps_what_people_changed(running: ProjectCopy, admin: PolicyAdmin) -> None:
    """A folder that has not changed changes nothing; `preview` says the same before."""
    made = admin.put("kept", FORBID.format(id="kept", intent="erase", when=LATER))
    assert running.myelin("preview").document["policy"]["changed"] is False
    running.up()
    assert admin.version().version == made.version
