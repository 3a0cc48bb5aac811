from __future__ import annotations

from pathlib import Path

import pytest

from policies.calls.language.errors import PolicyError
from policies.calls.language.text import MAX_DEPTH, MAX_PATH_MEMBERS, MAX_POLICY_BYTES, split_policies
from policies.calls.language.values import SourceText


def document(text: str) -> SourceText:
    return SourceText(path=Path("a.cedar"), text=text)


def refusal(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        split_policies(document(text))
    return caught.value


def test_policies_are_cut_at_semicolons_and_know_their_places() -> None:
    """Comments and blank lines between policies belong to none; each statement starts at its first token."""
    first, second = split_policies(document('// one\npermit (principal);\n\n  @id("x")\nforbid (action);\n'))
    assert (first.text, first.line, first.column) == ("permit (principal);", 2, 1)
    assert (second.text, second.line, second.column) == ('@id("x")\nforbid (action);', 4, 3)


def test_nothing_but_comments_is_no_policy() -> None:
    """A file of comments holds no policy and is no error."""
    assert split_policies(document("// only this\r// and this")) == ()


@pytest.mark.parametrize("text", ['@reason("a;(((\\"") permit(a);', "permit(a) // ;(((((\n;"])
def test_strings_and_comments_hide_semicolons_and_brackets(text: str) -> None:
    """What stands in a string or comment neither ends a policy nor nests it."""
    assert [statement.text for statement in split_policies(document(text))] == [text]


def test_a_carriage_return_ends_a_comment() -> None:
    """As in Cedar: otherwise brackets could hide from the guard behind `// \\r`."""
    error = refusal("permit(a) // \r" + "(" * 100 + ";")
    assert error.message == "brackets are nested deeper than the 64 levels allowed"
    assert error.line == 2


def test_an_open_string_is_refused_where_it_opens() -> None:
    """An unclosed quote names its own line and column."""
    error = refusal('permit(a)\nwhen { "x };')
    assert str(error) == "a.cedar:2:8: this string has no closing quote"


def test_a_policy_without_semicolon_is_refused_where_it_starts() -> None:
    """The last policy of a file must end too."""
    error = refusal("permit(a);\n\nforbid(b)")
    assert str(error) == "a.cedar:3:1: the policy that starts here has no `;` at its end"
    assert error.hint == "end every policy with `;`"


@pytest.mark.parametrize("brackets", ["()", "[]", "{}"])
def test_depth_is_bounded_exactly(brackets: str) -> None:
    """64 levels pass and 65 do not, whichever the brackets."""
    opening, closing = brackets[0], brackets[1]
    assert split_policies(document(opening * MAX_DEPTH + closing * MAX_DEPTH + ";"))
    assert "nested deeper" in refusal(opening * (MAX_DEPTH + 1) + ";").message


def test_size_is_bounded_exactly_and_in_bytes() -> None:
    """16 KiB pass and one byte more does not; a character of two bytes counts as two."""
    frame = '@id("") permit(a);'
    fits = "x" * (MAX_POLICY_BYTES - len(frame))
    assert split_policies(document(frame.replace('""', f'"{fits}"')))
    assert "16385 bytes" in refusal(frame.replace('""', f'"{fits}x"')).message
    assert "16385 bytes" in refusal(frame.replace('""', f'"{fits[:-1]}é"')).message


def test_an_unfinished_giant_is_refused_for_its_size() -> None:
    """The limits hold also for a policy that never ends."""
    assert "bytes, more than" in refusal("permit(a) when { " + "a && " * 10_000).message


def test_attribute_paths_are_bounded() -> None:
    """A long `has` path expands quadratically in Cedar's parser, so it stops at 32 members."""
    path = ".a" * MAX_PATH_MEMBERS
    assert split_policies(document(f"permit(a) when {{ context has a{path} }};"))
    error = refusal(f"permit(a) when {{ context has a{path} // x\n . b }};")
    assert error.message == "the attribute path has more than the 32 members allowed"
    assert error.line == 2


def test_many_short_paths_are_fine() -> None:
    """The bound is for one path, not for all paths of a policy."""
    assert split_policies(document("permit(a) when { " + " && ".join(["context.a.b"] * 500) + " };"))


def test_branches_are_bounded() -> None:
    """Nested `if`s go as deep in the parser as brackets do, without any."""
    assert split_policies(document("permit(a) when { " + "if x then " * 64 + "};"))
    assert "more than the 64 `if`s" in refusal("permit(a) when { " + "if x then " * 65 + "};").message


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ('@id("x") permit(a) when { b };', '@id("x") permit(a) ;'),
        ("permit(a)unless{b}when{c};", "permit(a);"),
        ('@when("x") @unless permit(a == S::"when");', '@when("x") @unless permit(a == S::"when");'),
    ],
)
def test_the_head_ends_before_the_first_condition(text: str, head: str) -> None:
    """Annotations may be called `when`; only a condition starts with the bare word."""
    (statement,) = split_policies(document(text))
    assert statement.head == head
