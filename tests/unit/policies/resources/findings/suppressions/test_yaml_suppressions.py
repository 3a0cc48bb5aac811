"""Suppressions in Pulumi programs in YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from policies.resources.findings.settlement import settle
from policies.resources.findings.suppressions.comments import LineComment, marked_comments
from policies.resources.findings.suppressions.reading import read_suppressions
from policies.resources.findings.suppressions.yaml_programs import suppressions_in
from policies.resources.findings.values import Problem, Suppression
from tests.support.resources.found import TODAY, finding, scan

PROGRAM = """\
name: shop
runtime: yaml
resources:
  {0}
  bucket:
    {1}
    type: aws:s3:Bucket
    properties:
      acl: private  {2}
  {3}
  topic:
    type: aws:sns:Topic
    name: news
    properties:
      policy: |
        # myelin: allow CKV_AWS_9 until 2027-06-30: this is a text
        {{}}
  {4}
outputs:
  a: ${{bucket.id}}
"""
ALLOW = "# myelin: allow CKV_AWS_18 until 2027-06-30: it is empty"


def found(place: int, comment: str = ALLOW) -> list[Suppression | Problem]:
    """The suppressions of the program with a comment in a place."""
    comments = ["#", "#", "#", "#", "#"]
    comments[place] = comment
    return list(suppressions_in(PROGRAM.format(*comments), "Pulumi.yaml"))


@pytest.mark.parametrize(("place", "name"), [(0, "bucket"), (1, "bucket"), (2, "bucket"), (3, "news")])
def test_a_comment_speaks_of_its_resource(place: int, name: str) -> None:
    """Above it, inside it and behind a property; the name is that of Pulumi."""
    (item,) = found(place)
    assert isinstance(item, Suppression)
    assert (item.name, item.checks, item.until) == (name, ("CKV_AWS_18",), date(2027, 6, 30))


def test_what_is_malformed_is_a_problem() -> None:
    """It is told with its line."""
    (item,) = found(1, "# myelin: allow CKV_AWS_18 until 2027-06-30")
    assert isinstance(item, Problem)
    assert (item.line, item.message) == (6, "this suppression has no reason")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "a: [",
        f"{ALLOW}\nkey: value\n",
        f"{ALLOW}\n- 1\n",
        f'resources:\n  a:\n    type: "x\n      {ALLOW}"\n',
    ],
)
def test_what_is_no_program_has_none(source: str) -> None:
    """Other YAML, texts, and files that are none."""
    assert list(suppressions_in(source, "x.yaml")) == []


def test_a_resource_without_a_line_is_known_by_its_name() -> None:
    """Pulumi tells no lines of such programs, so the name has to agree."""
    (item,) = found(1)
    assert isinstance(item, Suppression)
    lost = finding(name="bucket", line=None)
    other = finding(name="other", line=None)
    report = settle([scan(lost, other)], [item], frozenset(), TODAY, whole=True)
    assert [entry.finding for entry in report.suppressed] == [lost]
    assert report.failed == (other,)
    assert report.problems == ()


def test_programs_of_every_language_are_read(tmp_path: Path) -> None:
    """By how their files' names end; installed packages and hidden folders are left out."""
    python = dedent(f"""\
        {ALLOW}
        B("x")
        """)
    brackets = python.replace("# ", "// ", 1)
    for name, text in {
        "a.py": python,
        "b.ts": brackets,
        "c.go": brackets,
        "Pulumi.yaml": PROGRAM.format(ALLOW, "#", "#", "#", "#"),
        "d.txt": python,
        "node_modules/e.ts": brackets,
        "vendor/f.go": brackets,
        ".hidden/g.py": python,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = read_suppressions(tmp_path, (tmp_path,))
    assert [item.path for item in found] == ["Pulumi.yaml", "a.py", "b.ts", "c.go"]


def test_a_comment_goes_on_in_indented_lines() -> None:
    """Until one that is not, whichever sign the language has."""
    lines = ["myelin: allow X", "  and more", "  and more", " and no more"]
    comments = [
        LineComment(line=number, text=text, behind_code=False) for number, text in enumerate(lines, start=4)
    ]
    (marked,) = marked_comments(comments)
    assert (marked.line, marked.last_line, marked.text) == (4, 6, "allow X and more and more")


@pytest.mark.parametrize(
    ("main", "place", "read"),
    [
        ("", "Pulumi.yaml", True),
        ("", "more.yaml", True),
        ("", "examples/Pulumi.yaml", False),
        ("infra", "infra/Main.yaml", True),
        ("infra", "other/Main.yaml", False),
        ("nowhere", "other/Main.yaml", False),
    ],
)
def test_only_the_program_itself_is_read(tmp_path: Path, main: str, place: str, *, read: bool) -> None:
    """A YAML program elsewhere has resources of its own, and excuses none that are called the same."""
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: yaml\nmain: {main}\n")
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(PROGRAM.format(ALLOW, *"####"))
    assert len(read_suppressions(tmp_path, (tmp_path,))) == read
