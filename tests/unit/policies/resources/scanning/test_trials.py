"""Verdicts on resources whose inputs are not all known, by the real checks."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import STACK_REFERENCE, UNKNOWN, Graph, Resource, Secret
from policies.resources.maintenance import sdk_types
from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.trial_copies import Affected
from policies.resources.scanning.verdicts import checked
from policies.resources.terraform.names import terraform_names
from policies.resources.terraform.plan import translate
from policies.resources.terraform.schema import provider_schema
from policies.resources.terraform.unknowns import unknown_inputs
from tests.support.effort import effort
from tests.support.resources.documents import urn
from tests.support.resources.random_resources import random_resource, with_unknowns

pytestmark = pytest.mark.xdist_group("checkov")

PASSED, FAILED, OPEN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.UNDECIDED
TOPIC, KEY, BUCKET = "aws:sns/topic:Topic", "aws:kms/key:Key", "aws:s3/bucket:Bucket"
POLICY, GROUP = "aws:iam/policy:Policy", "aws:cloudwatch/logGroup:LogGroup"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
DATABASE, CLUSTER = "aws:rds/instance:Instance", "aws:docdb/cluster:Cluster"
Verdicts = Mapping[tuple[str, str], tuple[CheckVerdict, str]]


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def resource(
    token: str, name: str = "it", /, refers: Mapping[str, str] | None = None, **inputs: Any
) -> Resource:
    """`refers` has the URNs that inputs come from."""
    references = {name: (target,) for name, target in (refers or {}).items()}
    return Resource(urn=urn(token, name), token=token, name=name, inputs=inputs, references=references)


def verdicts(checkov: Checkov, *resources: Resource, missing: tuple[str, ...] = ()) -> Verdicts:
    graph = Graph(stack="dev", source="preview", resources=resources, missing=missing)
    outcomes = checked(graph, translate(graph), checkov)
    return {(one.check.id, one.resource.name): (one.verdict, one.detail) for one in outcomes}


def statement(**parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]}


@pytest.mark.parametrize(
    ("it", "check", "verdict"),
    [
        pytest.param(resource(TOPIC, kmsMasterKeyId=UNKNOWN), "CKV_AWS_26", OPEN, id="from nowhere"),
        pytest.param(
            resource(TOPIC, kmsMasterKeyId=UNKNOWN, refers={"kmsMasterKeyId": urn(STACK_REFERENCE, "s")}),
            "CKV_AWS_26",
            OPEN,
            id="from another stack",
        ),
        pytest.param(
            resource(TOPIC, kmsMasterKeyId=UNKNOWN, refers={"kmsMasterKeyId": urn(KEY, "k")}),
            "CKV_AWS_26",
            PASSED,
            id="from a key",
        ),
        pytest.param(
            resource(TOPIC, kmsMasterKeyId=Secret(value=UNKNOWN)), "CKV_AWS_26", PASSED, id="a secret"
        ),
        pytest.param(
            resource(
                TOPIC,
                kmsMasterKeyId=Secret(value=UNKNOWN),
                refers={"kmsMasterKeyId": urn(STACK_REFERENCE, "s")},
            ),
            "CKV_AWS_26",
            OPEN,
            id="a secret of another stack",
        ),
        pytest.param(resource(TOPIC, tags=UNKNOWN), "CKV_AWS_26", FAILED, id="another input"),
        pytest.param(resource(POLICY, policy=UNKNOWN), "CKV_AWS_62", OPEN, id="policy"),
        pytest.param(
            resource(POLICY, policy=UNKNOWN, refers={"policy": urn(TOPIC, "t")}),
            "CKV_AWS_63",
            OPEN,
            id="policy about a resource",
        ),
        pytest.param(
            resource(POLICY, policy=statement(Action="*", Resource=UNKNOWN)),
            "CKV_AWS_63",
            FAILED,
            id="any action",
        ),
        pytest.param(
            resource(POLICY, policy=statement(Action="*", Resource=UNKNOWN)), "CKV_AWS_62", OPEN, id="on what"
        ),
        pytest.param(
            resource(POLICY, policy=statement(Action="s3:GetObject", Resource=UNKNOWN)),
            "CKV_AWS_62",
            PASSED,
            id="one action on anything",
        ),
        pytest.param(
            resource(POLICY, policy=statement(Action=UNKNOWN, Resource="*")),
            "CKV_AWS_63",
            OPEN,
            id="what action",
        ),
        pytest.param(
            resource(CLUSTER, enabledCloudwatchLogsExports=[UNKNOWN]), "CKV_AWS_85", OPEN, id="list"
        ),
        pytest.param(
            resource(CLUSTER, enabledCloudwatchLogsExports=[UNKNOWN, "audit"]),
            "CKV_AWS_85",
            PASSED,
            id="list with what is wanted",
        ),
        pytest.param(resource(GROUP, retentionInDays=UNKNOWN), "CKV_AWS_338", OPEN, id="number"),
        pytest.param(resource(DATABASE, publiclyAccessible=UNKNOWN), "CKV_AWS_17", OPEN, id="bool"),
        pytest.param(resource(BUCKET, versioning=UNKNOWN), "CKV_AWS_21", OPEN, id="block"),
        pytest.param(resource(BUCKET, versioning={"enabled": UNKNOWN}), "CKV_AWS_21", OPEN, id="in a block"),
        pytest.param(
            resource(BUCKET, versioning={"enabled": True, "mfaDelete": UNKNOWN}),
            "CKV_AWS_21",
            PASSED,
            id="beside",
        ),
    ],
)  # fmt: skip
def test_a_verdict_hangs_on_what_may_change_it(
    checkov: Checkov, it: Resource, check: str, verdict: CheckVerdict
) -> None:
    """What is not known leaves a check open where some value passes it and another fails it, and only
    there.
    """
    found, detail = verdicts(checkov, it)[check, "it"]
    assert found is verdict
    if verdict is OPEN:
        assert "known before a deployment" in detail


def test_a_connected_check_hangs_on_the_other_resource(checkov: Checkov) -> None:
    """An unknown input of one resource leaves a check of the one that it belongs to open, and says which
    input.
    """
    bucket = resource(BUCKET, "b")
    refers = {"bucket": bucket.urn}
    unknown = {"versioningConfiguration": {"status": UNKNOWN}}
    found = verdicts(checkov, bucket, resource(VERSIONING, "v", refers, bucket=UNKNOWN, **unknown))
    assert found["CKV_AWS_21", "b"] == (OPEN, "`versioningConfiguration` is not known before a deployment")
    known = {"versioningConfiguration": {"status": "Enabled"}}
    found = verdicts(checkov, bucket, resource(VERSIONING, "v", refers, bucket=UNKNOWN, **known))
    assert found["CKV_AWS_21", "b"][0] is PASSED


def test_what_is_connected_with_nobody_knows_what(checkov: Checkov) -> None:
    """An input that may name a resource leaves its connected checks open; others stay decided."""
    stray = resource(VERSIONING, "v", bucket=UNKNOWN, versioningConfiguration={"status": "Enabled"})
    found = verdicts(checkov, resource(BUCKET, "b"), stray)
    assert found["CKV_AWS_21", "b"] == (OPEN, "`bucket` of `v` is not known, and may mean this resource")
    assert found["CKV2_AWS_6", "b"][0] is FAILED


def test_resources_that_are_left_out_may_be_connected(checkov: Checkov) -> None:
    """Where the source lacks resources, no connected check is decided, and all others are."""
    found = verdicts(checkov, resource(BUCKET, "b"), resource(TOPIC, "t"), missing=("some",))
    assert {found[check, "b"][0] for check in ("CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6")} == {OPEN}
    assert found["CKV_AWS_26", "t"][0] is FAILED


def test_policies_of_the_same_name_are_told_apart(checkov: Checkov) -> None:
    """A second run in the same process sees its own policies."""
    admin = statement(Action="*", Resource="*")
    assert verdicts(checkov, resource(POLICY, policy=admin))["CKV_AWS_286", "it"][0] is FAILED
    tight = statement(Action="s3:GetObject", Resource="arn:aws:s3:::b/k")
    assert verdicts(checkov, resource(POLICY, policy=tight))["CKV_AWS_286", "it"][0] is PASSED


def test_values_are_tried_in_step_and_apart(checkov: Checkov) -> None:
    """Several unknown inputs take values that differ from each other, too."""
    it = resource(DATABASE, publiclyAccessible=UNKNOWN, storageEncrypted=UNKNOWN)
    kind = "aws_db_instance"
    unknown = unknown_inputs(it, kind, terraform_names(), provider_schema())
    affected = Affected(resource=it, type=kind, unknown=unknown, facts=checkov.facts(kind))
    pairs = {tuple(map(repr, turn.values())) for turn in affected.turns()}
    assert {("True", "True"), ("True", "False"), ("False", "True")} <= pairs


@pytest.mark.parametrize("seed", range(effort(2)))
def test_no_verdict_is_given_that_a_value_would_change(checkov: Checkov, seed: int) -> None:
    """A check that passes or fails with unknown inputs does the same once they are known."""
    chance = random.Random(seed)
    tokens = {terraform_names().terraform_type(token): token for token in sdk_types.tokens()}
    kinds = sorted(kind for kind in _checked_types(checkov) if kind in tokens)
    whole = [
        random_resource(chance, checkov, tokens[kind], kind, f"r{number}")
        for number, kind in enumerate(chance.sample(kinds, 40))
    ]
    known = verdicts(checkov, *whole)
    guessed = verdicts(checkov, *(with_unknowns(chance, one) for one in whole))
    decided = {place: verdict for place, (verdict, _) in guessed.items() if verdict is not OPEN}
    assert len(decided) > 20
    # a check that breaks on a value leaves it open
    wrong = {
        place: (verdict, known[place][0])
        for place, verdict in decided.items()
        if place in known and known[place][0] not in (verdict, OPEN)
    }
    assert wrong == {}


def _checked_types(checkov: Checkov) -> Iterable[str]:
    return (kind for kind in checkov.resource_checks.checks if kind.startswith("aws_"))
