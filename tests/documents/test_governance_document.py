"""What docs/governance.md says is so in the code."""

from __future__ import annotations

import json
import re
from typing import get_args

from cli.commands import commands_of
from lambdas.governance.authzen import AskedQuestion, read_evaluation
from policies.calls.deciding.model import MAX_CONTEXT_BYTES, MAX_CONTEXT_DEPTH, Answer, Question
from policies.calls.deciding.reason_codes import ReasonCode
from policies.calls.deciding.snapshot import SnapshotLimits
from policies.calls.language.cases import Case
from policies.calls.language.text import MAX_BRANCHES, MAX_DEPTH, MAX_PATH_MEMBERS
from policies.calls.linting.lint import LintCode
from policies.calls.rehearsing.sample_inputs import MAX_INPUTS
from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "governance.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The examples in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)


def first_column(after: str) -> list[str]:
    """The names in the first column of the table that follows a text."""
    table = TEXT.split(after)[1].split("\n\n")[1]
    return re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)


def test_the_examples_of_question_and_answer_are_valid() -> None:
    """Both are read by the models that the function uses."""
    question, answer = blocks("json")
    assert Question.model_validate_json(question).target == "axon"
    assert Answer.model_validate_json(answer).allowed
    assert list(json.loads(answer)) == list(Answer.model_fields)


def test_every_reason_code_is_explained() -> None:
    """The table has exactly the codes there are."""
    section = TEXT.split("## Reason codes")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE) == [code.value for code in ReasonCode]


def test_the_limits_are_those_of_the_code() -> None:
    """Numbers in the text are the constants, not memories of them."""
    assert f"at most {MAX_CONTEXT_BYTES} bytes, {MAX_CONTEXT_DEPTH} levels" in TEXT
    limits = f"16 KiB, {MAX_DEPTH} levels of brackets, {MAX_BRANCHES} `if`s, {MAX_PATH_MEMBERS} members"
    assert limits in TEXT
    defaults = SnapshotLimits()
    for name, value in (
        ("POLICY_REFRESH_SECONDS", defaults.refresh_seconds),
        ("POLICY_STALENESS_SECONDS", defaults.staleness_seconds),
        ("POLICY_CACHE_POLICIES", defaults.policies),
    ):
        assert re.search(rf"^\| `{name}` \|.*\| {value:g} \|$", TEXT, flags=re.MULTILINE)


def test_every_key_of_a_case_is_explained() -> None:
    """In the order in which a case has them."""
    assert first_column("`*.cases.yaml` files beside the policies:") == list(Case.model_fields)


def test_every_warning_is_explained() -> None:
    """The table has exactly the codes there are."""
    assert first_column("valid and hardly meant:") == list(get_args(LintCode))


def test_the_bound_of_a_comparison_is_that_of_the_code() -> None:
    """So many combinations are tried, and no more."""
    assert f"at most {MAX_INPUTS} combinations" in TEXT


def test_every_policy_command_is_in_the_list_of_commands() -> None:
    """docs/cli.md names each of them."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    table = text.split("### `myelin policy`")[1].split("\n### ")[0]
    listed = re.findall(r"`([a-z]+)[^`]*`", "".join(re.findall(r"^\|([^|]+)\|", table, flags=re.MULTILINE)))
    assert sorted(listed) == sorted(commands_of("policy"))


def test_the_authzen_example_is_a_request() -> None:
    """Of docs/governance/client.md; it asks what the question above asks."""
    text = (ROOT / "docs" / "governance" / "client.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```json\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    asked = read_evaluation(json.loads(example), None)
    assert isinstance(asked, AskedQuestion)
    assert asked.event == {"service": "orbit", "intent": "reason", "target": "axon", "tenant": "acme"}
