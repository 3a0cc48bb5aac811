"""Lines that fit a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cli.terminal.wrapping import wrap


def test_line_breaks_between_words() -> None:
    """A line that is too long goes on below, two columns further in; one that fits stays as it is."""
    assert list(wrap("one two three four", 10)) == ["one two", "  three", "  four"]
    assert list(wrap("one  two", 10)) == ["one  two"]
    assert list(wrap("  one two three", 11)) == ["  one two", "    three"]


def test_line_with_a_label_goes_on_below_its_text() -> None:
    """After `hint:` or the first column of a list."""
    assert list(wrap("hint:  start one or the other", 20)) == ["hint:  start one or", "       the other"]
    assert list(wrap("error: no sandbox is running", 20)) == ["error: no sandbox is", "       running"]
    assert list(wrap("service   axon: 2/2 healthy", 20)) == ["service   axon: 2/2", "          healthy"]


def test_code_stays_in_one_piece() -> None:
    """What is in backticks can be copied; only code that is wider than the terminal is broken."""
    assert list(wrap("start it with `myelin up dev`, then go on", 24)) == [
        "start it with",
        "  `myelin up dev`, then",
        "  go on",
    ]
    assert list(wrap("run `myelin up dev --yes`", 14)) == ["run `myelin up", "  dev --yes`"]


def test_long_word_has_a_line_of_its_own() -> None:
    """Nothing is put into a path or an address."""
    address = "http://127.0.0.1:39087/dispatch"
    assert list(wrap(f"no answer from {address} yet", 20)) == ["no answer from", f"  {address}", "  yet"]


def test_colours_take_no_room() -> None:
    """Escape sequences are not counted."""
    assert list(wrap("\x1b[31m\x1b[1merror:\x1b[0m too short", 16)) == [
        "\x1b[31m\x1b[1merror:\x1b[0m too short"
    ]


def test_own_line_breaks_stay() -> None:
    """Each line of a text is broken by itself."""
    assert list(wrap("one two three\n\nfour", 10)) == ["one two", "  three", "", "four"]


@given(st.text(alphabet="ab`  \n", max_size=80), st.integers(min_value=1, max_value=40))
def test_no_word_is_lost_or_broken(text: str, width: int) -> None:
    """The words are the same in the same order, and a line is too wide only for one word or a code span."""
    lines = list(wrap(text, width))
    assert "\n".join(lines).split() == text.split()
    for line in lines:
        assert len(line) <= width or len(line.split()) <= 1
