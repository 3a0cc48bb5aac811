"""Suppressions in Python source."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from policies.resources.findings.suppressions.python import suppressions_in
from policies.resources.findings.suppressions.reading import read_suppressions
from policies.resources.findings.values import Problem, Suppression


def found(source: str) -> list[Suppression | Problem]:
    return list(suppressions_in(dedent(source), "app.py"))


def one(source: str) -> Suppression:
    (item,) = found(source)
    assert isinstance(item, Suppression), item
    return item


def test_all_parts_are_read() -> None:
    """Checks, expiry, stacks and a reason over several lines."""
    item = one(
        """\
        import aws

        # myelin: allow CKV_AWS_18, CKV2_AWS_6 until 2027-06-30 in dev-*, sandbox-*: nobody reads
        #   this bucket: it is empty
        # an ordinary comment
        bucket = aws.Bucket(
            "logs",
        )
        """
    )
    assert item == Suppression(
        path="app.py",
        line=3,
        first=6,
        last=8,
        checks=("CKV_AWS_18", "CKV2_AWS_6"),
        until=date(2027, 6, 30),
        reason="nobody reads this bucket: it is empty",
        stacks=("dev-*", "sandbox-*"),
    )


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("a = B('x')  # {}\nc = B('y')\n", (1, 1), id="behind the code"),
        pytest.param("f(\n    # {}\n    B('x'),\n    B('y'),\n)\n", (3, 3), id="one call of several"),
        pytest.param("B(\n    'x',\n    # {}\n    tags=1,\n)\n", (1, 5), id="inside the call"),
        pytest.param("B(\n    'x',\n    tags=1,  # {}\n)\n", (1, 4), id="behind an argument"),
        pytest.param("# {}\nreturned = {{\n    'x': B('x'),\n}}\n", (2, 4), id="a statement with calls"),
        pytest.param("# {}\n\n\nB('x').id\nB('y')\n", (4, 4), id="after empty lines"),
        pytest.param("# {}\nfor x in range(2):\n    B(x)\n", (2, 2), id="before a loop"),
    ],
)
def test_a_suppression_speaks_of_the_nearest_call(source: str, lines: tuple[int, int]) -> None:
    """It covers a call, not the whole block or file around it."""
    item = one(source.format("myelin: allow CKV_AWS_1 until 2027-06-30: why"))
    assert (item.first, item.last) == lines


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("myelin: allow CKV_AWS_18 until 2027-06-30", "this suppression has no reason"),
        ("myelin: allow CKV_AWS_18 until 2027-06-30:   ", "this suppression has no reason"),
        ("myelin: allow CKV_AWS_18: why", "this suppression has no expiry date"),
        (
            "myelin: allow CKV_AWS_18 until 2027-02-30: why",
            "this suppression has no expiry date, `2027-02-30` is none",
        ),
        ("myelin: allow everything until 2027-06-30: why", "this suppression cannot be read"),
        ("myelin: skip CKV_AWS_18: why", "this suppression does not say `allow`, but `skip`"),
        ("myelin:", "this suppression does not say anything"),
    ],
)
def test_what_is_malformed_is_a_problem(comment: str, message: str) -> None:
    """A suppression without reason or expiry date excuses nothing, and is said with its line and form."""
    (item,) = found(f"a = 1\n# {comment}\nB('x')\n")
    assert isinstance(item, Problem)
    assert (item.path, item.line, item.message) == ("app.py", 2, message)
    assert item.hint.startswith("write it as `# myelin: allow CHECK")


def test_text_in_strings_is_no_suppression() -> None:
    """Only comments count."""
    assert found('text = """\n# myelin: allow CKV_AWS_18 until 2027-06-30: why\n"""\n') == []


def test_a_file_with_a_syntax_error_has_none() -> None:
    """The interpreter says what is wrong with it."""
    assert found("def (:\n# myelin: allow CKV_AWS_18 until 2027-06-30: why\n") == []


def test_installed_packages_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    """Only the program's own files are read; paths are relative to its root."""
    text = "# myelin: allow CKV_AWS_18 until 2027-06-30: why\nB('x')\n"
    for place in ("app.py", "part/more.py", ".venv/lib/a.py", "venv/lib/site-packages/b.py"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    read = read_suppressions(tmp_path, (tmp_path, tmp_path / "part"))
    assert [item.path for item in read] == ["app.py", "part/more.py"]
