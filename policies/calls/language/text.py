"""Splits Cedar text into policies, and checks the limits of each before Cedar parses it.

Cedar's parser is native code: about 660 nested brackets, or a thousand nested `if`s, end the process, and
`context has a.a.a...` expands to a size quadratic in the length of its path (8,000 members take tens of
gigabytes). So nothing is parsed here: one regular expression finds the tokens in linear time, and every limit
is checked on these.

The tokens follow Cedar's own lexer (https://docs.cedarpolicy.com/policies/syntax-grammar.html): a comment
ends at a carriage return too, a string may span lines, and `;` ends a policy and appears nowhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from policies.calls.language.errors import PolicyError
from policies.calls.language.values import SourceText

MAX_POLICY_BYTES = 16 * 1024
MAX_DEPTH = 64
MAX_PATH_MEMBERS = 32
MAX_BRANCHES = 64

_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n\r]*)
      | (?P<string>"(?:\\.|[^"\\])*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>::|==|!=|<=|>=|&&|\|\||[0-9]+|.)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token of Cedar: its text, and where it starts and ends in the file."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CedarStatement:
    """The text and tokens of one policy that is within every limit; it starts at line and column (from 1)."""

    document: SourceText
    text: str
    tokens: tuple[Token, ...]
    line: int
    column: int

    @property
    def head(self) -> str:
        """The policy without its conditions: annotations, effect and scope."""
        depth = 0
        before = ""
        for token in self.tokens:
            if depth == 0 and token.text in ("when", "unless") and before != "@":
                return self.text[: token.start - self.tokens[0].start] + ";"
            depth += (token.text in "([{") - (token.text in ")]}")
            before = token.text
        return self.text

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset into the file."""
        return line_and_column(self.document.text, offset)


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F_]{1,8})\}|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def unescape(literal: str, *, star: str = "*") -> str:
    """The text of a string literal; in a pattern, `*` becomes `star` and `\\*` becomes `*`."""
    parts: list[str] = []
    end = 0
    body = literal[1:-1]
    for found in _ESCAPE.finditer(body):
        parts.append(body[end : found.start()].replace("*", star))
        code = found[1] or found[2]
        try:
            parts.append(chr(int(code.replace("_", ""), 16)) if code else _CONTROL.get(found[3], found[3]))
        except (ValueError, OverflowError):
            parts.append("")
        end = found.end()
    parts.append(body[end:].replace("*", star))
    return "".join(parts)


def quoted(text: str) -> str:
    """A string literal of this text; every character that is not printable ASCII is escaped."""
    plain = (c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}" for c in text)
    return '"' + "".join(plain) + '"'


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of the character at `offset`."""
    return _line_and_column(_line_starts(text), offset)


def split_policies(document: SourceText) -> tuple[CedarStatement, ...]:
    """Split a file into its policies, in order. Raises PolicyError for one over a limit or without end."""
    starts = _line_starts(document.text)
    statements: list[CedarStatement] = []
    pending: list[Token] = []
    for token in _tokens(document, starts):
        pending.append(token)
        if token.text == ";":
            statements.append(_statement(document, tuple(pending), starts))
            pending = []
    if pending:
        _check_limits(document, tuple(pending), starts)
        raise _error(
            document,
            starts,
            pending[0].start,
            "the policy that starts here has no `;` at its end",
            "end every policy with `;`",
        )
    return tuple(statements)


def _statement(document: SourceText, tokens: tuple[Token, ...], starts: list[int]) -> CedarStatement:
    _check_limits(document, tokens, starts)
    line, column = _line_and_column(starts, tokens[0].start)
    text = document.text[tokens[0].start : tokens[-1].end]
    return CedarStatement(document=document, text=text, tokens=tokens, line=line, column=column)


def tokens_of(document: SourceText) -> tuple[Token, ...]:
    """The tokens of a file, without comments. Raises PolicyError for a string without end."""
    return tuple(_tokens(document, _line_starts(document.text)))


def _tokens(document: SourceText, starts: list[int]) -> Iterator[Token]:
    end = 0
    for match in _TOKEN.finditer(document.text):
        start, found = end, match.group()
        if match.start() != start or found == '"':
            raise _error(document, starts, start, "this string has no closing quote", 'close it with `"`')
        end = match.end()
        if match.lastgroup != "skip":
            yield Token(text=found, start=start, end=end)


def _check_limits(document: SourceText, tokens: tuple[Token, ...], starts: list[int]) -> None:
    """Raise PolicyError for a policy that could exhaust or end the process that parses it."""
    first, last = tokens[0].start, tokens[-1].end
    size = len(document.text[first:last].encode("utf-8", "surrogatepass"))
    if size > MAX_POLICY_BYTES:
        raise _error(
            document,
            starts,
            first,
            f"the policy that starts here has {size} bytes, more than the {MAX_POLICY_BYTES} allowed",
            "split it into several policies",
        )
    if _is_small(document.text[first : tokens[-1].end]):
        return
    depth = members = branches = 0
    for token in tokens:
        # never below zero: a closing bracket too many hides nothing that is open after it
        depth = max(0, depth + (token.text in "([{") - (token.text in ")]}"))
        branches += token.text == "if"
        members = _path_members(members, token.text)
        if depth > MAX_DEPTH:
            message = f"brackets are nested deeper than the {MAX_DEPTH} levels allowed"
        elif branches > MAX_BRANCHES:
            message = f"the policy has more than the {MAX_BRANCHES} `if`s allowed"
        elif members > MAX_PATH_MEMBERS:
            message = f"the attribute path has more than the {MAX_PATH_MEMBERS} members allowed"
        else:
            continue
        raise _error(document, starts, token.start, message, "split the condition into several policies")


def _is_small(text: str) -> bool:
    """Whether a text has so few brackets, `if`s and points that no limit can be exceeded."""
    return (
        sum(map(text.count, "([{")) <= MAX_DEPTH
        and text.count("if") <= MAX_BRANCHES
        and text.count(".") <= MAX_PATH_MEMBERS
    )


def _path_members(before: int, text: str) -> int:
    """The number of members of the attribute path up to this token, if it is part of one."""
    if text == ".":
        return before + 1
    return before if text[0].isalpha() or text[0] in '_"' else 0


def _error(document: SourceText, starts: list[int], offset: int, message: str, hint: str) -> PolicyError:
    line, column = _line_and_column(starts, offset)
    return PolicyError(message, path=document.path, line=line, column=column, hint=hint)


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]


def _line_and_column(starts: list[int], offset: int) -> tuple[int, int]:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1
