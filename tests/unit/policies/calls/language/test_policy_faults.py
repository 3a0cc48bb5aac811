"""Each mistake in a policy is one fault, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.calls.language.checking import inspect
from policies.calls.language.errors import PolicyError
from policies.calls.language.faults import find_quoted, plain
from policies.calls.language.sources import read_sources
from tests.support.governance.policy_files import GOOD, SCHEMA, schema_source, source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    return tmp_path


def refusal(folder: Path, text: str) -> PolicyError:
    (folder / "a.cedar").write_text(text)
    with pytest.raises(PolicyError) as caught:
        read_sources(folder)
    assert caught.value.path == folder / "a.cedar"
    assert caught.value.hint
    return caught.value


ERRORS = [
    (
        "permit (principal, action, resource)\nwhen { 1 + };",
        (2, 12),
        "the policy does not parse: unexpected token `}`",
    ),
    (GOOD + "\nallow (principal, action, resource);", (5, 1), "the policy does not parse: "),
    (
        GOOD + '@id("b")\n@reason("r")\npermit (principal, action resource);',
        (6, 27),
        "the policy does not parse: unexpected token `resource`",
    ),
    (
        "permit (principal, action, resource) when { !!!!!true };",
        (1, 45),
        "the policy does not parse: too many occurrences of `!`",
    ),
    (GOOD + GOOD, (4, 1), "the id `ok` is already used by "),
    ('\n@reason("r") permit (principal, action, resource);', (2, 1), "the policy has no `@id`"),
    ('@id @reason("r") permit (principal, action, resource);', (1, 1), "the policy has no `@id`"),
    (
        '@id("Ünicode") @reason("r") permit (principal, action, resource);',
        (1, 1),
        "`Ünicode` cannot be the id of a policy",
    ),
    ('@id("a")\npermit (principal, action, resource);', (1, 1), "the policy `a` has no `@reason`"),
    (
        '@id("a") @reason("  ") permit (principal, action, resource);',
        (1, 1),
        "the policy `a` has no `@reason`",
    ),
    (
        '@id("a") @reason("x\\ny") permit (principal, action, resource);',
        (1, 1),
        "the reason of `a` is not one plain line",
    ),
    (
        '@id("a")\n@reason("r")\npermit (principal == ?principal, action, resource);',
        (1, 1),
        "the policy is a template",
    ),
    (
        '@id("a")\n@reason("r")\npermit (principal, action == Action::"dream", resource);',
        (3, 30),
        'the policy `a` does not fit the schema: unrecognized action `Action::"dream"`',
    ),
    (
        GOOD
        + '@id("a") @reason("r")\npermit (principal, action, resource)\nwhen { context.mood == "good" };',
        (6, 16),
        "the policy `a` does not fit the schema: attribute `mood` in context for ",
    ),
    (
        '@id("a") @reason("r") forbid (principal, action, resource)\nwhen { context.tenant == "x" };',
        (2, 16),
        "the policy `a` does not fit the schema: unable to guarantee safety of access to optional attribute",
    ),
    ("\ufeff" + GOOD, (1, 1), "the policy does not parse: "),
]


@pytest.mark.parametrize(("text", "where", "message"), ERRORS)
def test_each_fault_is_named_with_its_place(
    folder: Path, text: str, where: tuple[int, int], message: str
) -> None:
    """Every refused policy says file, line, column, what is wrong and what to do."""
    error = refusal(folder, text)
    assert (error.line, error.column) == where
    assert error.message.startswith(message)
    assert str(error) == f"{error.path}:{error.line}:{error.column}: {error.message}"
    assert not error.message.endswith(".")


def test_one_unknown_name_is_one_fault() -> None:
    """A policy about an unknown action is told that alone, and not also that no action applies to it."""
    text = '@id("a")\n@reason("r")\npermit (principal, action == Action::"dream", resource);'
    faults = inspect(schema_source(), [source(text)]).faults
    assert [(fault.line, fault.column) for fault in faults] == [(3, 30)]


@pytest.mark.parametrize(
    ("head", "condition", "messages"),
    [
        (
            "action",
            'context.mood == "x"',
            ['attribute `mood` in context for Action::"erase" and Action::"reason" not found'],
        ),
        (
            'action == Action::"reason"',
            'context.mood == "x" && context.weather == "y"',
            [f'attribute `{name}` in context for Action::"reason" not found' for name in ("mood", "weather")],
        ),
        ("action", "principal.size > 1", ["attribute `size` on entity type `Service` not found"]),
    ],
)
def test_one_mistake_is_one_fault(head: str, condition: str, messages: list[str]) -> None:
    """Cedar finds it for each action that the policy may be about; it is told once, with all of them."""
    text = f'@id("a") @reason("r")\npermit (principal, {head}, resource) when {{ {condition} }};'
    faults = inspect(schema_source(), [source(text)]).faults
    assert sorted(fault.message.partition("the schema: ")[2] for fault in faults) == messages


def test_what_a_message_quotes_is_found_as_a_whole_word() -> None:
    """The first thing quoted that stands in the text; None where there is none."""
    assert find_quoted("attribute `mood` not found", "moody || context.mood") == 17
    assert find_quoted("attribute `mood` not found", "moody") is None
    assert find_quoted("unexpected end", "anything") is None


def test_a_message_of_cedar_becomes_one_of_ours() -> None:
    """On one line, lowercase, without a full stop."""
    assert plain("Unexpected token\n  `}`.") == "unexpected token `}`"
