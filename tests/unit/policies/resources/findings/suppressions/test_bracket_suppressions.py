"""Suppressions in TypeScript and Go."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.resources.findings.suppressions.brackets import suppressions_in
from policies.resources.findings.values import Problem, Suppression

ALLOW = "myelin: allow CKV_AWS_1 until 2027-06-30: why"


def found(source: str, path: str = "index.ts") -> list[Suppression | Problem]:
    return list(suppressions_in(dedent(source), path))


def one(source: str) -> Suppression:
    (item,) = found(source)
    assert isinstance(item, Suppression), item
    return item


def test_all_parts_are_read() -> None:
    """As in Python, with the language's own sign."""
    item = one(
        """\
        import * as aws from "@pulumi/aws";

        // myelin: allow CKV_AWS_18, CKV2_AWS_6 until 2027-06-30 in dev-*: it is read by none,
        //   as it is empty
        const bucket = new aws.s3.Bucket("logs", {
            acl: "private",
        });
        """
    )
    assert (item.line, item.first, item.last, item.stacks) == (3, 5, 7, ("dev-*",))
    assert (item.checks, item.reason) == (
        ("CKV_AWS_18", "CKV2_AWS_6"),
        "it is read by none, as it is empty",
    )


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("const a = new B('x'); // {}\nnew B('y');\n", (1, 1), id="behind the code"),
        pytest.param("f([\n  // {}\n  new B('x'),\n  new B('y'),\n]);\n", (3, 3), id="one call of several"),
        pytest.param("new B('x', {{\n  // {}\n  acl: 1,\n}});\n", (1, 4), id="inside the call"),
        pytest.param("new B('x', {{\n  acl: 1, // {}\n}});\n", (1, 3), id="behind an argument"),
        pytest.param("// {}\n\n/* no\n new B( */\nnew B('y');\n", (5, 5), id="after a comment"),
        pytest.param("const s = ')(\"'; // {}\nnew B();\n", (1, 1), id="brackets in a text"),
        pytest.param("// {}\nnew B(`a${{f(`)`)}}b`,\n  1);\nnew C();\n", (2, 3), id="template"),
        pytest.param('const r = /[)("]/;\n// {}\nnew B(\n1);\n', (3, 4), id="regular expression"),
        pytest.param("const x = 4 / 2;\n// {}\nnew B(\n1);\n", (3, 4), id="division"),
        pytest.param("// {}\nnew B(\n", (2, 3), id="a call that does not end"),
    ],
)
def test_a_suppression_speaks_of_the_nearest_call(source: str, lines: tuple[int, int]) -> None:
    """It covers a call from its first to its last line, whatever stands in texts and comments."""
    item = one(source.format(ALLOW))
    assert (item.first, item.last) == lines


def test_go() -> None:
    """Raw texts have no escapes."""
    item = one(
        """\
        func main() {
            query := `\\ (`
            // myelin: allow CKV_AWS_1 until 2027-06-30: why
            group, err := ec2.NewSecurityGroup(ctx, "front", &ec2.SecurityGroupArgs{
                Description: pulumi.String("front"),
            })
        }
        """.replace("\\\\", "\\")
    )
    assert (item.first, item.last) == (4, 6)


def test_what_is_malformed_is_a_problem() -> None:
    """It is told with the language's sign."""
    (item,) = found("// myelin: allow CKV_AWS_18\nnew B();\n")
    assert isinstance(item, Problem)
    assert (item.line, item.message) == (1, "this suppression has no expiry date")
    assert item.hint.startswith("write it as `// myelin: allow CHECK")


@pytest.mark.parametrize("source", [f'"// {ALLOW}"', f"`\n// {ALLOW}\n`", f"/*\n// {ALLOW}\n*/"])
def test_text_in_strings_is_no_suppression(source: str) -> None:
    """Only comments to the end of a line count."""
    assert found(f"const a = {source};\n") == []


@given(st.text(alphabet="()[]{}'\"`/*\\\n$a ", max_size=60))
def test_any_source_can_be_read(source: str) -> None:
    """Whatever it is, reading ends, and says nothing of a line that is not there."""
    text = f"{source}\n// {ALLOW}\nnew B();\n"
    found = list(suppressions_in(text, "a.ts"))
    assert len(found) <= text.count(ALLOW)
