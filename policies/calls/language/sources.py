"""Reads a policy folder: its schema, and every Cedar file below it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from policies.calls.language.checking import check
from policies.calls.language.files import read_document
from policies.calls.language.values import DeclaredCall, PolicySources

SCHEMA_FILE = "schema.cedarschema"


def read_sources(root: Path, calls: Iterable[DeclaredCall] = ()) -> PolicySources:
    """Read `schema.cedarschema` and every `*.cedar` file below `root`, and check them.

    A permit for each declared call is added. Raises PolicyError for the first mistake, in the order of paths.
    """
    schema = read_document(root / SCHEMA_FILE)
    written = [read_document(path) for path in sorted(root.rglob("*.cedar"))]
    return check(schema, written, calls)
