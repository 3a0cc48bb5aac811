"""What a change of the published policies would decide otherwise, as it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from cli.policies import change
from cli.policies.admin_client import PolicyAdmin
from cli.policies.diff_view import answer_document, diff_document, diff_lines, outcome
from cli.policies.published import read_published
from cli.project import find_project
from policies.calls.language.checking import check
from policies.calls.language.values import Policy, SourceText
from policies.calls.versions.comparison import changed_texts
from tests.support.governance.admin_api import written
from tests.support.governance.fixtures import SCHEMA
from tests.support.paths import ROOT
from tests.support.styles import unstyled


def policy(text: str) -> Policy:
    """The one policy of a text."""
    schema = SourceText(path=Path("schema"), text=SCHEMA)
    return check(schema, [SourceText(path=Path("a.cedar"), text=text)]).policies[0]


def previewed(admin: PolicyAdmin, text: str) -> change.PolicyPreview:
    """What adding a policy would change."""
    now = read_published(admin, "current")
    return change.preview(now, now.having(policy(text)), ("dev",))


def test_environments_begin_with_the_one_at_hand() -> None:
    """It is the plainest to read."""
    project = find_project(directory=ROOT)
    assert change.environments_of(project, "sandbox") == ("sandbox", "dev", "prod", "staging")


def test_change_that_would_be_refused_is_shown(
    admin: PolicyAdmin, capsys: pytest.CaptureFixture[str]
) -> None:
    """Policies, decisions, failing cases; as lines and as a document, and with exit code 1."""
    found = previewed(admin, written("none", action="reason"))
    lines = [unstyled(line) for line in change.preview_lines(found)]
    assert lines[0] == "+ none"
    assert any(line.startswith("closes `orbit` reason `axon`: allowed by") for line in lines)
    assert any(line.startswith("failed orbit may reason: ") for line in lines)
    assert lines[-1] == "1 cases fail, so the change would be refused"
    with pytest.raises(typer.Exit) as ended:
        change.show_preview(found, as_json=True)
    assert ended.value.exit_code == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["dry_run"], document["changed"]) == (True, True)
    assert document["policies"] == {"added": ["none"], "removed": [], "changed": []}
    assert [case["name"] for case in document["cases_failed"]] == ["orbit may reason"]


def test_nothing_would_change(admin: PolicyAdmin, capsys: pytest.CaptureFixture[str]) -> None:
    """The same text makes the same version."""
    change.show_preview(previewed(admin, written("other")), as_json=False)
    assert capsys.readouterr().out == "nothing would change\n"


def test_result_of_a_change(admin: PolicyAdmin, capsys: pytest.CaptureFixture[str]) -> None:
    """What was added and removed, from which version to which; or that nothing was."""
    before = admin.version().version
    done = admin.put("third", written("third"))
    change.show_result(done, as_json=False)
    assert capsys.readouterr().out == (
        f"+ third\nversion {before[:12]} → {done.version[:12]} (number {done.sequence})\n"
    )
    change.show_result(admin.put("third", written("third")), as_json=False)
    assert capsys.readouterr().out == f"nothing changed: version {done.version[:12]} is current\n"
    draft = admin.draft_delete("third")
    change.show_result(draft, as_json=False)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "- third"
    assert shown[-1].endswith(f"myelin policy activate {draft.id}")
    change.show_result(draft, as_json=True)
    assert json.loads(capsys.readouterr().out)["id"] == draft.id


def test_changed_text_is_a_diff(admin: PolicyAdmin) -> None:
    """Line by line below the policy's name; decisions with another reason alone are for `--all`."""
    found = previewed(admin, written("other", when="\nwhen { context has tenant }"))
    texts = changed_texts(found.before.stored, found.after.stored)
    arguments = (found.changes, found.effects, texts)
    lines = [unstyled(line) for line in diff_lines(*arguments, every=False)]
    assert lines[0] == "~ other"
    assert "    +when { context has tenant };" in lines
    every = list(diff_lines(*arguments, every=True))
    assert len(every) >= len(lines)
    document = diff_document(found.changes, found.effects)
    assert document["policies"]["changed"] == ["other"]
    for effect, shown in zip(found.effects.changes, document["effects"], strict=True):
        assert shown["after"] == answer_document(effect.after)
        assert outcome(effect.after).startswith("denied by ")
