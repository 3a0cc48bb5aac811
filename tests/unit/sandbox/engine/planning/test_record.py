"""The record of a resource, from what was asked for and what came of it."""

from __future__ import annotations

from pathlib import Path

from sandbox.engine.planning.record import (
    complete_resource,
    draft_resource,
    partial_resource,
    unchanged_resource,
)
from sandbox.engine.provider import ProviderError, State
from sandbox.engine.values.properties import SecretValue
from tests.support.engine.values import URN, archive, goal, thing

WANTED = goal(
    inputs={"size": SecretValue(1)}, parent="urn:p", protect=True, source_position="file:///x.py#1,0"
)


def test_a_draft_is_what_was_asked_for() -> None:
    """Inputs, edges and options are the goal's; there is no id and no output yet."""
    draft = draft_resource(WANTED)
    assert (draft.urn, draft.inputs, draft.parent, draft.protect) == (URN + "a", WANTED.inputs, "urn:p", True)
    assert (draft.id, draft.outputs, draft.source_position) == ("", {}, "file:///x.py#1,0")
    assert draft.created == draft.modified != ""


def test_outputs_are_secret_where_something_says_so() -> None:
    """The input of that name, the type, or the program makes an output secret."""
    draft = draft_resource(goal(inputs={"size": [SecretValue(1)]}, additional_secret_outputs=("arn",)))
    state = State(id="a-1", outputs={"size": [1], "arn": "x", "token": "y", "plain": "z"})
    assert complete_resource(draft, state, ["token"]).outputs == {
        "size": SecretValue([1]),
        "arn": SecretValue("x"),
        "token": SecretValue("y"),
        "plain": "z",
    }


def test_completing_takes_init_errors_away() -> None:
    """A resource that became ready has no reason left to be updated again."""
    assert complete_resource(thing("a", init_errors=("not steady",)), State(id="a"), ()).init_errors == ()


def test_what_exists_although_its_step_failed() -> None:
    """It is recorded with the reason; where nothing exists nothing is recorded."""
    partial = State(id="a-1", outputs={"arn": "x"})
    failed = ProviderError(urn="u", call="Create", code="TimedOut", detail="not steady", partial=partial)
    found = partial_resource(draft_resource(goal()), failed, ())
    assert found is not None
    assert (found.id, found.outputs, found.init_errors) == ("a-1", {"arn": "x"}, (failed.message,))
    refused = ProviderError(urn="u", call="Create", code="Refused", detail="no")
    assert partial_resource(draft_resource(goal()), refused, ()) is None


def test_what_stays_follows_the_program() -> None:
    """Id, outputs and times are kept; edges, options, secrecy and the place of files are the program's."""
    old = thing(
        "a",
        "a-1",
        outputs={"code": archive(Path("/old")), "arn": SecretValue("x")},
        created="then",
        external=True,
    )
    wanted = goal(inputs={"code": archive(Path("/new"))}, dependencies=(URN + "b",))
    kept = unchanged_resource(wanted, old, ())
    assert (kept.id, kept.created, kept.external, kept.dependencies) == ("a-1", "then", True, (URN + "b",))
    assert kept.outputs == {"code": archive(Path("/new")), "arn": "x"}


def test_a_component_keeps_its_outputs() -> None:
    """They are what the program registers, and no provider's."""
    old = thing("a", outputs={"arn": SecretValue("x")})
    assert unchanged_resource(goal(custom=False), old, ()).outputs == {"arn": SecretValue("x")}
