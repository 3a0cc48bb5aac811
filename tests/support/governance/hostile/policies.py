"""What an attacker writes: policies that are malformed, too much, or strange."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

_PIECES = (
    "permit",
    "forbid",
    "principal",
    "action",
    "resource",
    "context",
    "when",
    "unless",
    "if",
    "then",
    "else",
    "has",
    "in",
    "is",
    "like",
    "==",
    "::",
    "&&",
    "||",
    "!",
    "-",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    "@",
    "?principal",
    "?resource",
    '"',
    '"x"',
    "Service",
    "Action",
    'Service::"orbit"',
    'Action::"reason"',
    "datetime",
    "ip",
    "9223372036854775808",
    "-9223372036854775808",
    "true",
    "\0",
    "\ud800",
    "\ufeff",
    "\u202e",
    "\u2028",
    "// x",
    "// x\r",
    "\n",
    '"\\u{110000}"',
    '"\\u{0}"',
    '"\\x80"',
    '"\\*"',
    "__entity",
    "__cedar",
    "‘",  # noqa: RUF001 - a quotation mark that is none
    "ａｃｔｉｏｎ",  # noqa: RUF001 - full width
)
_CONDITIONS: tuple[Callable[[int], str], ...] = (
    lambda n: "(" * n + "true" + ")" * n,
    lambda n: "[" * n + "]" * n + ".isEmpty()",
    lambda n: '{"a":' * n + "1" + "}" * n + ".a == 1",
    lambda n: "!" * n + "true",
    lambda n: "-" * n + "1 == 1",
    lambda n: "!(" * n + "true" + ")" * n,
    lambda n: "if true then " * n + "true" + " else true" * n,
    lambda n: "context has a" + ".a" * n,
    lambda n: "context" + ".a" * n,
    lambda n: "context" + '["a"]' * n,
    lambda n: "true && " * n + "true",
    lambda n: "false || " * n + "true",
    lambda n: "1 + " * n + "1 == 1",
    lambda n: "1 * " * n + "1 == 1",
    lambda n: "true == " * n + "true",
    lambda n: "9" * n + " == 1",
    lambda n: '"' + "\\u{1F600}" * n + '" == "x"',
    lambda n: '"' + "a" * n + '" like "' + "*a" * n + 'b"',
    lambda n: "[" + "1, " * n + "1].contains(1)",
    lambda n: "context.time" + ".toDate()" * n + " == context.time",
    lambda n: f'ip("{"1" * n}").isLoopback()',
    lambda n: f'datetime("{"2" * n}") == context.time',
    lambda n: f'decimal("{"1" * n}.0").lessThan(decimal("1.0"))',
    lambda n: f"principal in [{', '.join(['principal'] * n)}, 1]",
    lambda n: f'principal has "{"x" * n}"',
    lambda n: "principal is " + "A::" * n + "B",
    lambda n: "principal == " + "A::" * n + 'B::"x"',
)
_HEADS = (
    '@id("h") @reason("r") permit (principal, action, resource)',
    '@id("h") @reason("r") forbid (principal, action, resource)',
    "permit (principal, action, resource)",
    '@id("h") @id("h") @reason("r") permit (principal, action, resource)',
    '@id("\\u{0}") @reason("r") permit (principal, action, resource)',
    '@id("h") @reason("\\u{202e}r") permit (principal, action, resource)',
    '@id("h") @reason("r") permit (principal == ?principal, action, resource)',
    '@id("h") @reason("r") permit (principal, action, resource, context)',
    '@id("h") @reason("r") permit (principal, action in [], resource)',
    '@id("h") @reason("r") permit (principal == Ghost::"x", action, resource)',
    '@ｉｄ("h") @reason("r") permit (principal, action, resource)',  # noqa: RUF001 - full width
    '@id("h") @reason("r") permit (principal, action, resource); @id("i") @reason("r") permit (principal, '
    "action, resource)",
)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """The text of a policy that is malformed, too much, or at least strange."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return " ".join(draw(st.lists(st.sampled_from(_PIECES), max_size=40)))
    size = draw(st.sampled_from((0, 1, 2, 8, 31, 32, 33, 63, 64, 65, 300, 660, 2000, 5000)))
    condition = draw(st.sampled_from(_CONDITIONS))(size)
    text = f"{draw(st.sampled_from(_HEADS))} {draw(st.sampled_from(('when', 'unless')))} {{ {condition} }};"
    if kind == 1:
        return text
    where = draw(st.integers(0, min(len(text), 200)))
    piece = draw(st.sampled_from(_PIECES))
    if kind == 2:
        return text[:where] + piece + text[where:]
    return text[:where] + text[where + draw(st.integers(1, 5)) :]
