from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.language.case_files import MAX_BYTES, check_cases, read_cases
from policies.calls.language.cases import NOON, Case
from policies.calls.language.errors import PolicyError
from policies.calls.language.values import SourceText
from tests.support.paths import ROOT

RULES = ROOT / "policies" / "calls" / "rules"

GOOD = "cases:\n- name: one\n  request: {service: orbit, intent: reason}\n  expect: allow\n"


def read(text: str, path: str = "a.cases.yaml") -> tuple[Case, ...]:
    return tuple(placed.case for placed in check_cases([SourceText(path=Path(path), text=text)]))


def refusal(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert caught.value.hint
    return caught.value


def test_the_shipped_cases_are_read_with_their_places() -> None:
    """Beside the policies stand cases for each of them. GOV-3"""
    cases = read_cases(RULES)
    assert len(cases) == 10
    for placed in cases:
        line = placed.path.read_text().splitlines()[placed.line - 1]
        assert line == f"  - name: {placed.case.name}"


def test_what_a_case_leaves_out_is_fixed() -> None:
    """A case that names no time is asked at noon on a Monday, in the sandbox: the same on every day."""
    (case,) = read(GOOD)
    assert (case.at, case.environment, case.policies, case.reason_code) == (NOON, "sandbox", None, None)
    assert NOON.strftime("%A %H:%M %Z") == "Monday 12:00 UTC"


def test_a_case_travels_as_json() -> None:
    """What a case becomes as JSON reads back as the same case."""
    text = GOOD + "  at: 2026-11-22T23:00:00+01:00\n  policies: [b, a]\n  environment: prod\n"
    (case,) = read(text)
    assert Case.model_validate(json.loads(json.dumps(case.document()))) == case


@pytest.mark.parametrize("text", ["", "# nothing\n", "cases: []\n"])
def test_a_file_may_have_no_cases(text: str) -> None:
    """An empty list is one."""
    assert read(text) == ()


FAULTS = [
    ("cases: [", (1, 9), "malformed YAML: expected the node content"),
    ("- a", (1, 1), "the file is not `cases:` and a list"),
    ("cases: []\nmore: 1", (1, 1), "the file is not `cases:` and a list"),
    ("cases: {}", (1, 8), "`cases` is not a list"),
    ("cases:\n- name: x\n", (2, 3), "`request`: is missing"),
    (GOOD.replace("allow", "maybe"), (4, 11), "`expect`: is neither `allow` nor `deny`"),
    (
        "cases:\n- name: x\n  request: {intent: reason}\n  expect: deny\n",
        (3, 12),
        "`request.service`: is missing",
    ),
    (GOOD.replace("service:", "sevice:"), (3, 21), "`request.sevice`: there is no such key"),
    (GOOD.replace("request:", "requst:"), (3, 11), "`requst`: there is no such key"),
    (
        GOOD.replace("intent:", "tenat: x, intent:"),
        (3, 36),
        "`request.tenat`: there is no such key",
    ),
    (GOOD + "  polices: [a]\n", (5, 12), "`polices`: there is no such key"),
    (GOOD + "  reason_code: forbidden\n", (2, 3), "the case cannot be met: only `permitted` allows"),
    (GOOD + "  expect: deny\n", (5, 3), "a key is repeated, or is not text"),
    (GOOD + "  at: 2026-11-22T10:00:00\n", (5, 7), "`at`: has no time zone"),
    (GOOD + "  at: noon\n", (5, 7), "`at`: "),
    (GOOD + "  at: 2026-13-45\n", (2, 3), "the case has a value that cannot be read: "),
    (
        GOOD.replace("reason}", "reason, context: {when: 2026-11-22}}"),
        (3, 54),
        "`request.context`: holds something that JSON has not",
    ),
    (GOOD + GOOD.removeprefix("cases:\n"), (5, None), "the name `one` is already used by a.cases.yaml:2"),
    ("cases: &a\n- *a\n", (2, 3), "the file uses an alias (`*`)"),
    ("cases: " + "[" * 40 + "]" * 40, (1, 39), "the file is nested deeper than 32 levels"),
    ("#" + "x" * MAX_BYTES, (None, None), "the file has more than the"),
    ("cases:\n- !!python/object:os.system {}\n", (2, None), "the case has a value that cannot be read: "),
    ("cases: \x07", (None, None), "malformed YAML: "),
]


@pytest.mark.parametrize(("text", "where", "message"), FAULTS)
def test_each_fault_of_a_case_file_is_named_with_its_place(
    text: str, where: tuple[int | None, int | None], message: str
) -> None:
    """Every refused file says what is wrong, where and what to do."""
    error = refusal(text)
    assert error.message.startswith(message)
    assert "\n" not in error.message
    assert error.line == where[0]
    assert where[1] is None or error.column == where[1]


@given(
    st.text(max_size=200) | st.from_regex(r"cases:\n- name: [a-z&*!{}\[\]:, ]{0,30}\n  expect: [a-z]{0,6}\n")
)
def test_any_text_is_cases_or_refused(text: str) -> None:
    """Whatever the file holds, the result is cases or a PolicyError."""
    with suppress(PolicyError):
        assert isinstance(read(text), tuple)
