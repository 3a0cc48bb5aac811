"""Files of policies as people write them."""

from __future__ import annotations

from pathlib import Path

from policies.calls.language.values import SourceText
from policies.calls.versions.catalogue import StoredCall
from tests.support.paths import ROOT

RULES = ROOT / "policies" / "calls" / "rules"
SCHEMA = (RULES / "schema.cedarschema").read_text()
GOOD = '@id("ok")\n@reason("fine")\npermit (principal, action, resource);\n'


def declared(
    caller: str, callee: str, intent: str, *, path: Path | None = None, line: int | None = None
) -> StoredCall:
    """A declared call, with the place of its declaration."""
    return StoredCall(caller=caller, callee=callee, intent=intent, path=path, line=line)


def source(text: str, name: str = "a.cedar") -> SourceText:
    """A text as if it were in a file."""
    return SourceText(path=Path(name), text=text)


def schema_source() -> SourceText:
    """The schema of the project."""
    return source(SCHEMA, "schema.cedarschema")
