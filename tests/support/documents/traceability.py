"""Writes docs/traceability.md: each requirement with the tests that name it.

`python -m tests.support.documents.traceability` writes the file. A test names a requirement in its docstring,
or in that of its module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from tests.support.paths import ROOT
from tests.support.structure import is_test, modules

PAGE = ROOT / "docs" / "traceability.md"
REQUIREMENTS = ROOT / "docs" / "requirements.md"
_LINE = re.compile(r"^- (?P<id>[A-Z]{3}-\d+) (?P<text>.+)$", re.MULTILINE)
_ID = re.compile(r"\b[A-Z]{3}-\d+\b")

PARTLY: Mapping[str, str] = {
    "DEL-1": "the workflows have not been run here",
    "DEL-3": "the commands on AWS itself",
    "DEL-5": "the least permissions of a deployment are not derived yet",
    "ECS-3": "images have not been built here",
    "MSH-1": "the resources of App Mesh; on AWS it has ended",
    "OBS-2": "queries, and the export of logs to S3",
    "OBS-5": "the weekly report",
    "SHP-4": "the resources of App Mesh",
}
"""What is still missing of a requirement that tests cover in part."""
OPEN: Mapping[str, str] = {
    "DEL-2": "identities of CI are not made yet",
}
"""Requirements without a test, and why."""

_HEAD = """# Traceability

Which tests prove which requirement, made from the tests by `python -m tests.support.documents.traceability`;
`make check` fails when it is stale, and when a requirement has neither a test nor a reason why not. A test
names a requirement in its docstring, or its file does.
"""


@cache
def requirements() -> Mapping[str, str]:
    """The text of each requirement by its id, in the order of the page."""
    return {found["id"]: found["text"] for found in _LINE.finditer(REQUIREMENTS.read_text(encoding="utf-8"))}


@cache
def files_by_requirement() -> Mapping[str, tuple[str, ...]]:
    """The files of the tests of each requirement, sorted."""
    kinds = {named[:3] for named in requirements()}
    found: dict[str, set[str]] = {}
    for module in modules():
        if is_test(module):
            for text in _docstrings((ROOT / module).read_text(encoding="utf-8")):
                for named in _ID.findall(text):
                    if named[:3] in kinds:  # and not UTF-8
                        found.setdefault(named, set()).add(str(module))
    return {named: tuple(sorted(files)) for named, files in found.items()}


def _docstrings(source: str) -> Iterator[str]:
    """Those of a module and of all that is defined in it."""
    if _ID.search(source) is None:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    yield "| requirement | tests | missing |\n|---|---|---|"
    for named in requirements():
        tested = "yes" if named in files_by_requirement() else "no"
        missing = OPEN.get(named) or PARTLY.get(named, "")
        yield f"| [{named}](#{named.lower()}) | {tested} | {missing} |"
    yield ""
    for named, text in requirements().items():
        yield f"## {named}\n{text}\n"
        yield from (f"- `{file}`" for file in files_by_requirement().get(named, ()))
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
