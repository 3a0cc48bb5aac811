"""Reads case files (`*.cases.yaml`), and finds the line of each mistake in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from policies.calls.language.cases import MAX_CASES, Case, sentence
from policies.calls.language.errors import PolicyError
from policies.calls.language.files import read_document
from policies.calls.language.values import SourceText

PATTERN = "*.cases.yaml"
MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 32
_HINT = "a case has name, request, expect and, if wanted, policies, reason_code, environment, at"
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "literal_error": "is neither `allow` nor `deny`",
    "model_type": "is not an object",
    "string_type": "is not text",
    "timezone_aware": "has no time zone; end it with `Z` or an offset",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCase:
    """A case, its file, and the line at which it starts (from 1)."""

    case: Case
    path: Path
    line: int


def read_cases(root: Path) -> tuple[PlacedCase, ...]:
    """Read every case file below `root`, in the order of paths. Raises PolicyError for the first mistake."""
    return check_cases(read_document(path) for path in sorted(root.rglob(PATTERN)))


def check_cases(documents: Iterable[SourceText]) -> tuple[PlacedCase, ...]:
    """Read cases from files; their names have to be unique. Raises PolicyError for the first mistake."""
    found: list[PlacedCase] = []
    names: dict[str, PlacedCase] = {}
    for document in documents:
        for placed in _cases(document):
            first = names.setdefault(placed.case.name, placed)
            if first is not placed:
                raise PolicyError(
                    f"the name `{placed.case.name}` is already used by {first.path}:{first.line}",
                    path=placed.path,
                    line=placed.line,
                    hint="give each case a name of its own",
                )
            found.append(placed)
            if len(found) > MAX_CASES:
                raise PolicyError(
                    f"there are more than the {MAX_CASES} cases allowed",
                    path=placed.path,
                    line=placed.line,
                    hint="test what the policies decide, not each request there is",
                )
    return tuple(found)


def _cases(document: SourceText) -> Iterator[PlacedCase]:
    root = _compose(document)
    if root is None:
        return
    listed = _member(root, "cases") if isinstance(root, yaml.MappingNode) else None
    if not isinstance(root, yaml.MappingNode) or len(root.value) != 1 or listed is None:
        raise _error(document, root, "the file is not `cases:` and a list", "begin the file with `cases:`")
    if not isinstance(listed, yaml.SequenceNode):
        raise _error(document, listed, "`cases` is not a list", "begin each case with `- name:`")
    loader = yaml.SafeLoader("")
    for node in listed.value:
        try:
            value = loader.construct_document(node)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            why = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
            message = f"the case has a value that cannot be read: {sentence(str(why))}"
            raise _error(document, node, message, _HINT) from error
        yield PlacedCase(case=_case(document, node, value), path=document.path, line=_line(node))


def _case(document: SourceText, node: yaml.Node, value: object) -> Case:
    try:
        return Case.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        # a misspelled key is one that does not exist and one that is missing; the first is what was written
        fault = next((each for each in faults if each["type"] == "extra_forbidden"), faults[0])
        location = fault["loc"]
        where = ".".join(str(part) for part in location)
        message = _WORDS.get(fault["type"]) or sentence(fault["msg"])
        text = f"`{where}`: {message}" if where else f"the case cannot be met: {message}"
        raise _error(document, _find(node, location), text, _HINT) from error


def _compose(document: SourceText) -> yaml.Node | None:
    """The YAML nodes of a file, which have line and column; None for an empty file."""
    if len(document.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PolicyError(
            f"the file has more than the {MAX_BYTES} bytes allowed",
            path=document.path,
            hint="split it into several files",
        )
    try:
        _check_yaml_limits(document)
        root: yaml.Node | None = yaml.compose(document.text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise PolicyError(
            f"malformed YAML: {error.problem}",
            path=document.path,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="correct the syntax",
        ) from error
    except yaml.YAMLError as error:
        raise PolicyError(
            f"malformed YAML: {sentence(str(error))}", path=document.path, hint="correct the syntax"
        ) from error
    if root is not None:
        _refuse_repeated_keys(document, root)
    return root


def _check_yaml_limits(document: SourceText) -> None:
    """Raise PolicyError for nesting and aliases, which make a small file a large value."""
    depth = 0
    for event in yaml.parse(document.text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise _error(document, event, f"the file is nested deeper than {_MAX_DEPTH} levels", _HINT)
        if isinstance(event, yaml.AliasEvent):
            raise _error(document, event, "the file uses an alias (`*`)", "write the value out")


def _refuse_repeated_keys(document: SourceText, root: yaml.Node) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.MappingNode):
            seen = set[str]()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                    raise _error(document, key, "a key is repeated, or is not text", "name each key once")
                seen.add(key.value)
                pending.append(value)
        elif isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)


def _member(node: yaml.Node, name: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        item: yaml.Node = node.value[name]
        return item
    return None


def _find(node: yaml.Node, location: Sequence[str | int]) -> yaml.Node:
    """The innermost node on the way to a location; for a missing key, the object that lacks it."""
    for name in location:
        inner = _member(node, name)
        if inner is None:
            break
        node = inner
    return node


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _error(document: SourceText, at: yaml.Node | yaml.Event, message: str, hint: str) -> PolicyError:
    mark = at.start_mark
    return PolicyError(
        message,
        path=document.path,
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
        hint=hint,
    )
