"""Line numbers of the keys in a TOML document, which tomllib does not give.

The document has to be valid (tomllib has accepted it), so the scan only has to find keys and skip values.
Grammar: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the root: `("calls", 0, "service")`."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Where each table, key and list item of a valid document stands; lines count from 1."""
    return _Scan(text.replace("\r\n", "\n")).run()


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[KeyPath, int] = {}
        self._last_index: dict[KeyPath, int] = {}

    def run(self) -> Mapping[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_GAP)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._skip(_GAP)
        return self._lines

    def _header(self) -> KeyPath:
        line = self._line()
        is_list = self._text.startswith("[[", self._at)
        self._at += 2 if is_list else 1
        keys = self._keys()
        self._at += 2 if is_list else 1
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._enter((*path, key), line)
        path = (*path, keys[-1])
        self._lines.setdefault(path, line)
        if is_list:
            self._last_index[path] = self._last_index.get(path, -1) + 1
            path = (*path, self._last_index[path])
            self._lines[path] = line
        return path

    def _enter(self, path: KeyPath, line: int) -> KeyPath:
        """The path of a table inside of which a header continues; of a list of tables it is the last one."""
        self._lines.setdefault(path, line)
        return (*path, self._last_index[path]) if path in self._last_index else path

    def _assignment(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> tuple[str, ...]:
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return tuple(keys)
            self._at += 1

    def _key(self) -> str:
        match self._text[self._at]:
            case '"':
                return str(json.loads(self._take(_BASIC)))
            case "'":
                return self._take(_LITERAL)[1:-1]
            case _:
                return self._take(_BARE)

    def _value(self, path: KeyPath) -> None:
        start = self._text[self._at : self._at + 3]
        if start == '"""':
            self._skip(_LONG_BASIC)
        elif start == "'''":
            self._skip(_LONG_LITERAL)
        elif start[0] == '"':
            self._skip(_BASIC)
        elif start[0] == "'":
            self._skip(_LITERAL)
        elif start[0] == "[":
            self._list(path)
        elif start[0] == "{":
            self._inline_table(path)
        else:
            self._skip(_SCALAR)

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while self._next_item("]"):
            self._lines[*path, index] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._next_item("}"):
            self._assignment(path)

    def _next_item(self, closing: str) -> bool:
        """Move to the next item of a list or inline table; False once past its end."""
        self._skip(_GAP)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_GAP)
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"not a valid TOML document near line {self._line()}")
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
