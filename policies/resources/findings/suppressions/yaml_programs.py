"""Suppressions in Pulumi programs that are written in YAML.

A comment inside a resource speaks of that resource, and one before it of the next. Pulumi tells no lines of
such programs, so a resource is known by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..values import Problem, Suppression
from .comments import LineComment, MarkedComment, SpokenCode, suppressions_of

SIGN = "#"
_COMMENT = re.compile(r"(?P<before>.*?(?:^|\s))#(?P<text>.*)")
_NAME = "name"
_PROJECT = "Pulumi.yaml"


@dataclass(frozen=True, slots=True)
class _Resource:
    name: str
    first: int
    last: int


def main_folder(project: Path) -> Path:
    """Where the program of a project lies, as its Pulumi.yaml says; the project's own folder otherwise."""
    try:
        document = yaml.safe_load((project / _PROJECT).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return project
    main = document.get("main") if isinstance(document, dict) else None
    found = project / str(main or ".")
    return found if found.is_dir() else found.parent


def suppressions_in(source: str, path: str) -> Iterator[Suppression | Problem]:
    """The suppressions of one file; none for a file without resources, or that is no YAML."""
    try:
        document = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
    resources = list(_resources(document))
    if resources:
        comments = _comments(source, document)
        yield from suppressions_of(comments, path, SIGN, lambda comment: _span(resources, comment))


def _resources(document: yaml.Node | None) -> Iterator[_Resource]:
    """The entries of `resources`, by the name that Pulumi gives them."""
    for key, value in _entries(_entry(document, "resources")):
        name = _entry(value, _NAME)
        # an empty line and what follows belong to the next key
        last = max(value.end_mark.line, key.start_mark.line + 1)
        yield _Resource(
            name=str(name.value if isinstance(name, yaml.ScalarNode) else key.value),
            first=key.start_mark.line + 1,
            last=last,
        )


def _entries(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _entries(node) if key.value == name), None)


def _comments(source: str, document: yaml.Node | None) -> Iterator[LineComment]:
    inside = set(_lines_of_texts(document))
    for number, line in enumerate(source.splitlines(), start=1):
        found = _COMMENT.fullmatch(line)
        if found is not None and number not in inside:
            yield LineComment(line=number, text=found["text"], behind_code=bool(found["before"].strip()))


def _lines_of_texts(node: yaml.Node | None) -> Iterator[int]:
    """The lines of texts over several lines, in which a `#` is no comment."""
    if isinstance(node, yaml.ScalarNode):
        # a block ends where the next line begins, a text in quotes in its own last line
        ends = {"|": 1, ">": 1, '"': 2, "'": 2}.get(node.style or "")
        if ends is not None:
            yield from range(node.start_mark.line + 2, node.end_mark.line + ends)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _lines_of_texts(item)
    else:
        for _, value in _entries(node):
            yield from _lines_of_texts(value)


def _span(resources: list[_Resource], comment: MarkedComment) -> SpokenCode:
    for resource in resources:
        if resource.first <= comment.line <= resource.last and not _is_heading(resource, comment, resources):
            return SpokenCode(first=resource.first, last=resource.last, name=resource.name)
    following = [one for one in resources if one.first > comment.line]
    if following:
        return SpokenCode(first=following[0].first, last=following[0].last, name=following[0].name)
    return SpokenCode(first=comment.line, last=comment.line)


def _is_heading(resource: _Resource, comment: MarkedComment, resources: list[_Resource]) -> bool:
    """Whether a comment at the end of a resource stands right above the next one."""
    return any(one.first == comment.last_line + 1 for one in resources if one is not resource)
