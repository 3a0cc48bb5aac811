"""Other stacks' outputs, as the SDK hands them to a program."""

from __future__ import annotations

import pulumi

from sandbox.engine.values.properties import UNKNOWN, SecretValue
from tests.support.engine.memory_provider import THING
from tests.support.engine.programs import Thing
from tests.support.engine.recording_registrar import (
    RecordingRegistrar,
    run_main,
)
from tests.support.engine.values import URN


def test_values_arrive(recorder: RecordingRegistrar) -> None:
    """Plain outputs are plain, secret ones secret, missing ones absent; the reference is a dependency."""
    recorder.stacks = {
        "organization/myelin/other": {
            "id": "vpc-1",
            "subnets": ["a", "b"],
            "secret": SecretValue({"key": "hush"}),
            "arns": {"old": "arn:old"},
        }
    }

    def main() -> None:
        other = pulumi.StackReference("organization/myelin/other")
        Thing("known", {"of": other.require_output("id")})
        Thing("list", {"of": other.get_output("subnets")})
        Thing("secret", {"of": other.require_output("secret")["key"]})
        Thing("part", {"of": other.get_output("arns")["old"]})
        Thing("all", {"of": other.outputs["id"]})
        Thing("none", {"of": other.get_output("missing")})

    run_main(main, recorder)
    found = {goal.name: goal.inputs.get("of") for goal in recorder.goals.values() if goal.type == THING}
    assert found == {
        "known": "vpc-1",
        "list": ["a", "b"],
        "secret": SecretValue("hush"),
        "part": "arn:old",
        "all": SecretValue("vpc-1"),
        "none": None,
    }
    reference = "urn:pulumi:test-layer::myelin::pulumi:pulumi:StackReference::organization/myelin/other"
    assert recorder.goals[URN + "part"].dependencies == (reference,)


def test_an_unknown_output_leaves_the_others_known(recorder: RecordingRegistrar) -> None:
    """In a preview of two layers, `outputs[name]` of what is known is known although another one is not.

    The SDK's `get_output` and `require_output` await all outputs together: there, one unknown hides all.
    """
    recorder.stacks = {
        "organization/myelin/other": {
            "id": "vpc-1",
            "new": UNKNOWN,
            "arns": {"old": "arn:old", "new": UNKNOWN},
            "list": ["a", UNKNOWN],
        }
    }

    def main() -> None:
        other = pulumi.StackReference("organization/myelin/other")
        Thing("known", {"of": other.outputs["id"]})
        Thing("new", {"of": other.outputs["new"]})
        Thing("old part", {"of": other.outputs["arns"]["old"]})
        Thing("new part", {"of": other.outputs["arns"]["new"]})
        Thing("whole", {"of": other.outputs["arns"].apply(str)})
        Thing("item", {"of": other.outputs["list"][0]})
        Thing("hidden", {"of": other.require_output("id")})

    run_main(main, recorder, preview=True)
    found = {goal.name: goal.inputs["of"] for goal in recorder.goals.values() if goal.type == THING}
    assert found == {
        "known": "vpc-1",
        "new": UNKNOWN,
        "old part": "arn:old",
        "new part": UNKNOWN,
        "whole": UNKNOWN,
        "item": "a",
        "hidden": UNKNOWN,
    }
