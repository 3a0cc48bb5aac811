from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.calls.language.checking import check, inspect
from policies.calls.language.errors import PolicyError
from policies.calls.language.sources import read_sources
from policies.calls.language.values import PolicySources, SourceText
from tests.support.paths import ROOT

RULES = ROOT / "policies" / "calls" / "rules"
SCHEMA = (RULES / "schema.cedarschema").read_text()
GOOD = '@id("ok")\n@reason("fine")\npermit (principal, action, resource);\n'


@dataclass(frozen=True)
class Call:
    caller: str
    callee: str
    intent: str
    path: Path | None = None
    line: int | None = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    return tmp_path


def refusal(folder: Path, text: str) -> PolicyError:
    (folder / "a.cedar").write_text(text)
    with pytest.raises(PolicyError) as caught:
        read_sources(folder)
    assert caught.value.path == folder / "a.cedar"
    assert caught.value.hint
    return caught.value


def test_the_shipped_policies_are_valid() -> None:
    """The default set is the erase ban and one permit for the declared call. GOV-3"""
    sources = read_sources(RULES, [Call("orbit", "axon", "reason")])
    assert sources.actions == ("erase", "reason")
    assert [(p.id, p.effect, p.principal, p.action) for p in sources.policies] == [
        ("no-erase", "forbid", None, "erase"),
        ("orbit-may-reason-on-axon", "permit", "orbit", "reason"),
    ]
    assert sources.policies[0].reason == (
        "erasing what a service remembers needs an approval that no service has"
    )


def test_files_are_found_in_folders_and_come_back_in_the_order_of_ids(folder: Path) -> None:
    """The layout of files does not change the set."""
    (folder / "deep").mkdir()
    (folder / "deep" / "b.cedar").write_text(GOOD.replace("ok", "b") + GOOD.replace("ok", "a"))
    (folder / "z.cedar").write_text(GOOD)
    (folder / "note.txt").write_text("not a policy")
    assert [policy.id for policy in read_sources(folder).policies] == ["a", "b", "ok"]


def test_an_empty_folder_is_an_empty_set(folder: Path) -> None:
    """No policy is a valid set: it permits nothing."""
    assert read_sources(folder).policies == ()


@pytest.mark.parametrize(
    ("scope", "principal", "action"),
    [
        ('principal == Service::"orbit", action == Action::"reason", resource', "orbit", "reason"),
        ('principal in Service::"orbit", action in [Action::"reason"], resource', None, None),
        ("principal is Service, action, resource", None, None),
        ('principal, action == Action::"erase", resource == Service::"axon"', None, "erase"),
    ],
)
def test_only_equality_fixes_a_scope(
    folder: Path, scope: str, principal: str | None, action: str | None
) -> None:
    """Every other form may match more than one entity and so belongs with the rules about everyone."""
    (folder / "a.cedar").write_text(f'@id("a") @reason("r") permit ({scope});')
    (policy,) = read_sources(folder).policies
    assert (policy.principal, policy.action) == (principal, action)


ERRORS = [
    (
        "permit (principal, action, resource)\nwhen { 1 + };",
        (2, 12),
        "the policy does not parse: unexpected token `}`",
    ),
    (GOOD + "\nallow (principal, action, resource);", (5, 1), "the policy does not parse: "),
    (
        GOOD + '@id("b")\n@reason("r")\npermit (principal, action resource);',
        (6, 27),
        "the policy does not parse: unexpected token `resource`",
    ),
    (
        "permit (principal, action, resource) when { !!!!!true };",
        (1, 45),
        "the policy does not parse: too many occurrences of `!`",
    ),
    (GOOD + GOOD, (4, 1), "the id `ok` is already used by "),
    ('\n@reason("r") permit (principal, action, resource);', (2, 1), "the policy has no `@id`"),
    ('@id @reason("r") permit (principal, action, resource);', (1, 1), "the policy has no `@id`"),
    (
        '@id("Ünicode") @reason("r") permit (principal, action, resource);',
        (1, 1),
        "`Ünicode` cannot be the id of a policy",
    ),
    ('@id("a")\npermit (principal, action, resource);', (1, 1), "the policy `a` has no `@reason`"),
    (
        '@id("a") @reason("  ") permit (principal, action, resource);',
        (1, 1),
        "the policy `a` has no `@reason`",
    ),
    (
        '@id("a") @reason("x\\ny") permit (principal, action, resource);',
        (1, 1),
        "the reason of `a` is not one plain line",
    ),
    (
        '@id("a")\n@reason("r")\npermit (principal == ?principal, action, resource);',
        (1, 1),
        "the policy is a template",
    ),
    (
        '@id("a")\n@reason("r")\npermit (principal, action == Action::"dream", resource);',
        (3, 30),
        'the policy `a` does not fit the schema: unrecognized action `Action::"dream"`',
    ),
    (
        GOOD
        + '@id("a") @reason("r")\npermit (principal, action, resource)\nwhen { context.mood == "good" };',
        (6, 16),
        "the policy `a` does not fit the schema: attribute `mood` in context for ",
    ),
    (
        '@id("a") @reason("r") forbid (principal, action, resource)\nwhen { context.tenant == "x" };',
        (2, 16),
        "the policy `a` does not fit the schema: unable to guarantee safety of access to optional attribute",
    ),
    ("\ufeff" + GOOD, (1, 1), "the policy does not parse: "),
]


@pytest.mark.parametrize(("text", "where", "message"), ERRORS)
def test_each_fault_is_named_with_its_place(
    folder: Path, text: str, where: tuple[int, int], message: str
) -> None:
    """Every refused policy says file, line, column, what is wrong and what to do."""
    error = refusal(folder, text)
    assert (error.line, error.column) == where
    assert error.message.startswith(message)
    assert str(error) == f"{error.path}:{error.line}:{error.column}: {error.message}"
    assert not error.message.endswith(".")


def test_one_unknown_name_is_one_fault() -> None:
    """A policy about an unknown action is told that alone, and not also that no action applies to it."""
    text = '@id("a")\n@reason("r")\npermit (principal, action == Action::"dream", resource);'
    schema = SourceText(path=Path("schema.cedarschema"), text=SCHEMA)
    faults = inspect(schema, [SourceText(path=Path("a.cedar"), text=text)]).faults
    assert [(fault.line, fault.column) for fault in faults] == [(3, 30)]


@pytest.mark.parametrize(
    ("head", "condition", "messages"),
    [
        (
            "action",
            'context.mood == "x"',
            ['attribute `mood` in context for Action::"erase" and Action::"reason" not found'],
        ),
        (
            'action == Action::"reason"',
            'context.mood == "x" && context.weather == "y"',
            [f'attribute `{name}` in context for Action::"reason" not found' for name in ("mood", "weather")],
        ),
        ("action", "principal.size > 1", ["attribute `size` on entity type `Service` not found"]),
    ],
)
def test_one_mistake_is_one_fault(head: str, condition: str, messages: list[str]) -> None:
    """Cedar finds it for each action that the policy may be about; it is told once, with all of them."""
    text = f'@id("a") @reason("r")\npermit (principal, {head}, resource) when {{ {condition} }};'
    schema = SourceText(path=Path("schema.cedarschema"), text=SCHEMA)
    faults = inspect(schema, [SourceText(path=Path("a.cedar"), text=text)]).faults
    assert sorted(fault.message.partition("the schema: ")[2] for fault in faults) == messages


def test_an_undeclared_intent_is_the_fault_of_the_declaration(folder: Path) -> None:
    """A call with an intent that the schema lacks names the service's file and the intents there are."""
    with pytest.raises(PolicyError) as caught:
        read_sources(folder, [Call("orbit", "axon", "dream")])
    assert str(caught.value) == (
        "services/orbit/service.toml: `orbit` calls `axon` with the unknown intent `dream`"
    )
    assert caught.value.hint == "use one of `erase`, `reason`, or add it as an action to schema.cedarschema"
    with pytest.raises(PolicyError) as placed:
        read_sources(folder, [Call("orbit", "axon", "dream", path=Path("orbit.toml"), line=30)])
    assert str(placed.value).startswith("orbit.toml:30: `orbit` calls")


def test_a_written_policy_can_not_take_the_id_of_a_default(folder: Path) -> None:
    """The clash is reported in the file that a person wrote, not in the generated text."""
    (folder / "a.cedar").write_text(GOOD.replace("ok", "orbit-may-reason-on-axon"))
    with pytest.raises(PolicyError) as caught:
        read_sources(folder, [Call("orbit", "axon", "reason")])
    assert caught.value.path == folder / "a.cedar"
    assert caught.value.message == (
        "the id `orbit-may-reason-on-axon` is already used by services/orbit/service.toml"
    )


def test_a_missing_schema_is_named(tmp_path: Path) -> None:
    """Without a schema nothing can be checked, so nothing is read."""
    with pytest.raises(PolicyError, match=r"schema\.cedarschema: the file does not exist"):
        read_sources(tmp_path)


@pytest.mark.parametrize(
    ("schema", "line", "message"),
    [
        ("entity Service\n  = {a: Nope};", 2, "the schema does not parse: failed to resolve type: Nope"),
        ("entity " + "(" * 100, 1, "the schema is too large or nested too deeply"),
        ("//" + "x" * 300_000, 1, "the schema is too large or nested too deeply"),
    ],
)
def test_a_bad_schema_is_named(tmp_path: Path, schema: str, line: int, message: str) -> None:
    """Faults of the schema have a place too."""
    (tmp_path / "schema.cedarschema").write_text(schema)
    with pytest.raises(PolicyError) as caught:
        read_sources(tmp_path)
    assert caught.value.message.startswith(message)
    assert caught.value.line is not None
    assert caught.value.line <= line


def test_text_that_is_not_utf8_is_refused_with_its_line(folder: Path) -> None:
    """Bytes that are no text name the line they are on."""
    (folder / "a.cedar").write_bytes(b"// fine\n\xff")
    with pytest.raises(PolicyError, match=r"a\.cedar:2: the file is not UTF-8 text"):
        read_sources(folder)


def test_a_file_that_can_not_be_read_is_refused(folder: Path) -> None:
    """A folder named like a policy is not passed over."""
    (folder / "a.cedar").mkdir()
    with pytest.raises(PolicyError, match="the file cannot be read: is a directory"):
        read_sources(folder)


@given(
    st.text(max_size=300) | st.from_regex(r'(@id\("a"\) ?)?(permit|forbid) ?\([a-z,=:" ]{0,60}\)[^;]{0,40};')
)
def test_any_text_is_checked_or_refused(text: str) -> None:
    """Whatever the file holds, the result is a set or a PolicyError."""
    schema = SourceText(path=Path("schema.cedarschema"), text=SCHEMA)
    with suppress(PolicyError):
        assert isinstance(check(schema, [SourceText(path=Path("a.cedar"), text=text)]), PolicySources)


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
