"""Reads the policy folder: every Cedar file below it, and the schema."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from policies.calls.language.checking import check
from policies.calls.language.files import read_document
from policies.calls.language.values import DeclaredCall, PolicySources

SCHEMA_FILE = "schema.cedarschema"


def read_sources(root: Path, calls: Iterable[DeclaredCall] = ()) -> PolicySources:
    """Read every `*.cedar` file below `root`, add a permit for each declared call, and check them all.

    `root` holds `schema.cedarschema`. Raises PolicyError for the first thing wrong, in the order of paths.
    """
    schema = read_document(root / SCHEMA_FILE)
    written = [read_document(path) for path in sorted(root.rglob("*.cedar"))]
    return check(schema, written, calls)
