"""Names and lines of source that is written."""

from __future__ import annotations

from cli.scaffolding.python_code import LINE_LENGTH, call_lines, function_names, quoted


def test_no_name_hides_another() -> None:
    """Words and names of Python's own, the module's, and two intents that would be one, are told apart."""
    names = function_names(["credit", "class", "list", "match", "service", "a-b", "a_b"])
    assert list(names.values()) == ["credit", "class_", "list_", "match_", "service_", "a_b", "a_b_"]


def test_a_call_breaks_where_it_has_to() -> None:
    """On one line while it fits, else its arguments on one, else each on its own."""
    assert call_lines("f", [quoted("a"), "b"], indent=4) == ['    f("a", b)']
    for length, lines in ((60, 3), (100, 4)):
        written = call_lines("answer = await service.call", ["a" * length, "b" * 30], indent=4)
        assert len(written) == lines
        assert all(len(line) <= LINE_LENGTH for line in written)


def test_a_function_breaks_where_its_end_does_not_fit() -> None:
    """What stands behind the arguments counts as well."""
    head, arguments = "async def " + "a" * 90, ["payload"]
    assert len(call_lines(head, arguments, indent=0)) == 1
    assert call_lines(head, arguments, indent=0, end=" -> Payload:")[-1] == ") -> Payload:"
