"""Every policy document that the program makes says what it must, and nothing else. IAM-1, KEY-1, GOV-2."""

from __future__ import annotations

import re

import pytest

from tests.support.effort import LONG
from tests.support.recording.environments import ENVIRONMENTS, recorded
from tests.support.recording.policy_documents import (
    actions_named,
    disagreements,
    policy_documents,
    weakened,
)
from tests.support.recording.policy_expectations import EXPECTED
from tests.support.recording.policy_world import world

SAID_TWICE = {
    ("Key grants", "DeployTables: without kms:DescribeKey"),
    ("Key platform", "DeployTables: without kms:DescribeKey"),
    ("Key platform", "DeployRepositories: without kms:DescribeKey"),
}
"""Left out, `Administration` still says it to the same people: each stands as AWS's page has it."""


def test_every_document_is_in_the_table() -> None:
    """A document that is made is expected here, and each that is expected is made."""
    assert policy_documents(recorded("dev")).keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_document_says_what_it_must_and_nothing_else(name: str) -> None:
    """Whoever asks, whatever for, on whatever, in whatever circumstances of the small world."""
    documents = policy_documents(recorded("dev"))
    asked = {
        *actions_named(documents.values()),
        *(action for one in EXPECTED[name] for action in one.actions),
    }
    assert list(disagreements(documents[name], EXPECTED[name], world(asked))) == []


@pytest.mark.skipif(not LONG, reason="a minute; in make test-long")
@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_notices_each_weaker_document(name: str) -> None:
    """An action more or less, a condition dropped, any resource, anybody: a verdict is another one."""
    documents = policy_documents(recorded("dev"))
    missed = []
    for what, weaker in weakened(documents[name]):
        asked = {*actions_named([*documents.values(), weaker])}
        if next(disagreements(weaker, EXPECTED[name], world(asked)), None) is None:
            missed.append(what)
    assert {(name, what) for what in missed} == {each for each in SAID_TWICE if each[0] == name}


@pytest.mark.parametrize("environment", [one for one in ENVIRONMENTS if one != "dev"])
def test_documents_of_all_environments_say_the_same(environment: str) -> None:
    """Nothing but the environment's name is different from what is tried above."""
    # ECR's bucket is called prod-, too; the cluster has the environment's name alone
    own = re.compile(rf'\b{environment}(?=[-/"])(?!-us-east-1-starport)')
    renamed = {name: own.sub("dev", text) for name, text in policy_documents(recorded(environment)).items()}
    assert renamed == policy_documents(recorded("dev"))
