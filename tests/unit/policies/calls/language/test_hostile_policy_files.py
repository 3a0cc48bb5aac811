"""No text harms the process that checks it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.language.checking import check
from policies.calls.language.errors import PolicyError
from policies.calls.language.values import PolicySources
from tests.support.governance.policy_files import SCHEMA, schema_source, source
from tests.support.paths import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    return tmp_path


@given(
    st.text(max_size=300) | st.from_regex(r'(@id\("a"\) ?)?(permit|forbid) ?\([a-z,=:" ]{0,60}\)[^;]{0,40};')
)
def test_any_text_is_checked_or_refused(text: str) -> None:
    """Whatever the file holds, the result is a set or a PolicyError."""
    with suppress(PolicyError):
        assert isinstance(check(schema_source(), [source(text)]), PolicySources)


HOSTILE = {
    "parentheses": "(" * 5000 + "true" + ")" * 5000,
    "sets": "[" * 5000 + "]" * 5000,
    "records": '{"a":' * 3000 + "1" + "}" * 3000,
    "nested not": "!(" * 4000 + "true" + ")" * 4000,
    "if": "if true then " * 900 + "true" + " else true" * 900,
    "has path": "context has a" + ".a" * 7900,
    "attribute path": "context" + ".a" * 7900,
    "conjunction": "true && " * 1900 + "true",
    "sum": "1 + " * 3900 + "1 == 1",
    "index": 'context["a"]' + '["a"]' * 3000,
    "huge number": "9" * 16_000 + " == 1",
    "nul": "\0",
    "comment with carriage returns": "// x\r" + "(" * 2000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_policies_never_end_the_process(folder: Path, name: str) -> None:
    """Each is accepted or refused with a PolicyError, in bounded memory; none kills the interpreter."""
    text = f'@id("a") @reason("r") permit (principal, action, resource) when {{ {HOSTILE[name]} }};'
    (folder / "a.cedar").write_text(text)
    program = (
        "import sys; from pathlib import Path\n"
        "from policies.calls.language.errors import PolicyError\n"
        "from policies.calls.language.sources import read_sources\n"
        "try: read_sources(Path(sys.argv[1])); print('accepted')\n"
        "except PolicyError as error: print('refused', error.hint)\n"
    )
    limit = 2 << 30
    result = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert result.returncode == 0, result.stderr[-500:]
    assert result.stdout.split()[0] in ("accepted", "refused")
