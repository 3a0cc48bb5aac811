"""Blocks of a page that are made from the code: between `<!-- name: command -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLOCK = re.compile(
    r"(?P<head><!-- (?P<name>[a-z-]+): [^>]*-->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.DOTALL
)


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """The page with its blocks as they are now; raises KeyError for a name that nothing makes."""

    def replaced(found: re.Match[str]) -> str:
        return f"{found['head']}{blocks[found['name']].rstrip()}\n{found['end']}"

    return _BLOCK.sub(replaced, text)


def block_names(text: str) -> list[str]:
    """The names of all blocks of a page."""
    return [found["name"] for found in _BLOCK.finditer(text)]
