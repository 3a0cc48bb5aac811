"""Showing how two policy sets differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.policies.diff_view import diff_document, diff_lines
from policies.calls.language.checking import check
from policies.calls.language.values import SourceText
from policies.calls.rehearsing.decision_changes import compare_decisions
from policies.calls.rehearsing.rehearsal import Rehearsal
from policies.calls.versions.comparison import changed_texts, difference_between
from policies.calls.versions.slices import cut
from tests.support.governance.admin_api import CALLS, CATALOGUE, written
from tests.support.governance.fixtures import SCHEMA
from tests.support.styles import unstyled


def rehearsal(*texts: str) -> Rehearsal:
    documents = [SourceText(path=Path(f"{number}.cedar"), text=text) for number, text in enumerate(texts)]
    sources = check(SourceText(path=Path("s.cedarschema"), text=SCHEMA), documents, CALLS)
    return Rehearsal.of(cut(sources, CATALOGUE))


def shown(before: Rehearsal, after: Rehearsal, *, every: bool = False) -> tuple[list[str], dict[str, Any]]:
    texts = changed_texts(before.stored, after.stored)
    changes, effects = difference_between(texts), compare_decisions(before, after, environments=("dev",))
    lines = [unstyled(line) for line in diff_lines(changes, effects, texts, every=every)]
    return lines, diff_document(changes, effects)


def test_policies_come_before_their_effects() -> None:
    """What was removed, added and replaced, with the text that differs; then each decision that changes."""
    lines, document = shown(
        rehearsal(written("gone"), written("kept", action="reason", when="\nwhen { false }")),
        rehearsal(written("new"), written("kept", action="reason")),
    )
    assert lines[:3] == ["- gone", "+ new", "~ kept"]
    assert lines[3].startswith("    -")
    assert document["policies"] == {"added": ["new"], "removed": ["gone"], "changed": ["kept"]}
    assert "closes `orbit` reason `axon`: allowed by orbit-may-reason-on-axon → denied by kept" in "\n".join(
        lines
    )
    assert [effect["change"] for effect in document["effects"] if effect["change"] != "reason"] == ["closes"]


@pytest.mark.parametrize("every", [False, True])
def test_decisions_that_only_have_another_reason_are_listed_on_request(every: bool) -> None:
    """They are counted in any case."""
    lines, _ = shown(rehearsal(written("old")), rehearsal(written("new")), every=every)
    assert any(line.startswith("reason ") for line in lines) is every
    assert "stay for another reason" in lines[-1]


def test_sets_that_are_the_same() -> None:
    """Nothing differs, and it is said how much was compared."""
    lines, _ = shown(rehearsal(written("a")), rehearsal(written("a")))
    assert lines[0] == "the policies are the same"
    assert lines[1].endswith("compared: 0 open, 0 close, 0 stay for another reason")


def test_what_was_not_tried_is_said_first() -> None:
    """With the question, the policy and the reason; the summary repeats that it is not everything. GOV-5"""
    deep = " || ".join(["2 < 1"] * 700)
    lines, document = shown(rehearsal(), rehearsal(written("odd", when=f"\nwhen {{ {deep} }}")))
    assert lines[0] == "not everything was tried: of these, more may change"
    assert "`odd`: a condition that is too deep" in lines[1]
    assert lines[-1].endswith("; not everything was tried")
    assert document["complete"] is False
    assert {(each["service"], each["intent"]) for each in document["untried"]} == {
        (effect["service"], effect["intent"]) for effect in document["untried"]
    }
    assert all("`odd`" in each["why"] for each in document["untried"])
