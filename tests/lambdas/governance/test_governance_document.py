from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lambdas.governance.model import MAX_CONTEXT_BYTES, MAX_CONTEXT_DEPTH, Answer, Question, ReasonCode
from lambdas.governance.slices import Catalogue, cut
from lambdas.governance.snapshot import Limits
from policies.governance.checking import check
from policies.governance.text import MAX_BRANCHES, MAX_DEPTH, MAX_PATH_MEMBERS
from policies.governance.values import Document

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "governance.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The examples in one language, without the indentation of the list they may stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", TEXT, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def test_the_examples_of_question_and_answer_are_valid() -> None:
    """Both are read by the models that the function uses."""
    question, answer = blocks("json")
    assert Question.model_validate_json(question).target == "axon"
    assert Answer.model_validate_json(answer).allowed
    assert list(json.loads(answer)) == list(Answer.model_fields)


def test_the_example_policy_fits_the_shipped_schema() -> None:
    """Whoever copies it gets a policy that can be published."""
    (text,) = blocks("cedar")
    folder = ROOT / "policies" / "governance"
    schema = Document(path=Path("schema"), text=(folder / "schema.cedarschema").read_text(encoding="utf-8"))
    (policy,) = check(schema, [Document(path=Path("example.cedar"), text=text)]).policies
    assert (policy.id, policy.effect) == ("no-reasoning-for-trials", "forbid")


def test_every_reason_code_is_explained() -> None:
    """The table has exactly the codes there are."""
    section = TEXT.split("## Reason codes")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE) == [code.value for code in ReasonCode]


def test_the_limits_are_those_of_the_code() -> None:
    """Numbers in the text are the constants, not memories of them."""
    assert f"at most {MAX_CONTEXT_BYTES} bytes, {MAX_CONTEXT_DEPTH} levels" in TEXT
    limits = f"16 KiB, {MAX_DEPTH} levels of brackets, {MAX_BRANCHES} `if`s, {MAX_PATH_MEMBERS} members"
    assert limits in TEXT
    defaults = Limits()
    for name, value in (
        ("POLICY_REFRESH_SECONDS", defaults.refresh_seconds),
        ("POLICY_STALENESS_SECONDS", defaults.staleness_seconds),
        ("POLICY_CACHE_POLICIES", defaults.policies),
    ):
        assert re.search(rf"^\| `{name}` \|.*\| {value:g} \|$", TEXT, flags=re.MULTILINE)


def test_four_thousand_services_fit(policy: Any) -> None:
    """As the text says, with names of ordinary length."""
    names = tuple(f"service-number-{index:04}" for index in range(4000))
    assert cut(policy.sources(), Catalogue(services=names)).policies == 0
