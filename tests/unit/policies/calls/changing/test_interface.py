"""The messages of the admin function's interface."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from policies.calls.changing.interface import MAX_POLICY_CHARACTERS, AdminMessage
from policies.calls.changing.problem import AdminProblem, ProblemCode
from policies.calls.changing.records import AuditAction, HistoryEntry, VersionRecord
from policies.calls.changing.requests import DeleteChange, NewDraft, PublishSet, PutPolicy, Rollback

BAD = [
    (PutPolicy, {"text": ""}),
    (PutPolicy, {"text": "x" * (MAX_POLICY_CHARACTERS + 1)}),
    (PutPolicy, {"text": "x", "note": "n" * 501}),
    (PutPolicy, {"text": "x", "actor": "eve"}),
    (PutPolicy, {"text": 7}),
    (Rollback, {"to": "latest"}),
    (Rollback, {"to": "A" * 64}),
    (NewDraft, {"change": {"kind": "collect"}}),
    (NewDraft, {"change": {"kind": "delete", "id": "../x"}}),
]


@pytest.mark.parametrize(("message", "value"), BAD)
def test_a_malformed_message_is_refused(message: type[AdminMessage], value: dict[str, Any]) -> None:
    """Nothing is converted, and unknown members are refused; so no request can name an actor."""
    with pytest.raises(ValidationError):
        message.model_validate(value)


def test_a_draft_is_one_of_three_kinds_of_change() -> None:
    """Which, its `kind` says."""
    draft = NewDraft.model_validate({"change": {"kind": "delete", "id": "p"}, "note": "why"})
    assert draft.change == DeleteChange(id="p")


def test_a_schema_has_its_plain_name_in_json() -> None:
    """`schema` is a method of pydantic's models, so the field has another one."""
    assert PublishSet.model_validate({"policies": [], "schema": "entity S;"}).schema_text == "entity S;"
    record = VersionRecord(
        version="v", schema="entity S;", services=[], intents=[], calls=[], cases=[], policies=0
    )
    assert '"schema":"entity S;"' in record.model_dump_json(by_alias=True)


def test_answers_read_back_as_they_were_written() -> None:
    """The command reads what the function writes, by the same classes."""
    entry = HistoryEntry(
        sequence=1,
        version="v",
        before=None,
        at="2026-11-22T09:30:00+00:00",
        actor="ada",
        action=AuditAction.PUT,
        note="",
        added=["p"],
        removed=[],
        replaced=[],
    )
    assert HistoryEntry.model_validate_json(entry.model_dump_json()) == entry
    problem = AdminProblem(type="t", title="t", status=404, detail="d", code=ProblemCode.NOT_FOUND)
    assert AdminProblem.model_validate_json(problem.model_dump_json()) == problem
