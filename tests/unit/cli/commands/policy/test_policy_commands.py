"""The commands that need nothing but files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.paths import ROOT

TRIALS = """\
@id("no-trials")
@reason("trial tenants may not use reasoning")
forbid (principal, action == Action::"reason", resource)
when { context has tenant && context.tenant like "trial-*" };
"""
Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What the project's people wrote, in a folder that may be changed."""
    root = tmp_path / "project"
    for folder in ("stacks/config", "policies/calls/rules"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name in ("axon", "orbit"):
        (root / "services" / name).mkdir(parents=True)
        shutil.copy(ROOT / "services" / name / "service.toml", root / "services" / name)
    shutil.copy(ROOT / "Pulumi.yaml", root)
    return root


@pytest.fixture
def drafts(project: Path) -> Path:
    """A folder with the project's policies and one more."""
    folder = project / "drafts"
    shutil.copytree(project / "policies" / "calls" / "rules", folder)
    (folder / "no-trials.cedar").write_text(TRIALS)
    return folder


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin policy` in the project."""
    monkeypatch.chdir(project)

    def runs(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["policy", *map(str, arguments)])

    return runs


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def test_the_shipped_policies_are_valid_without_a_warning(run: Run) -> None:
    """`validate` of the project finds nothing. GOV-3"""
    result = run("validate", "--exit-code")
    assert (result.exit_code, result.stdout) == (0, "2 policies, 10 cases: 0 errors, 0 warnings\n")


def test_every_error_is_shown_with_its_place_and_text(run: Run, project: Path) -> None:
    """File, line, column, what is wrong, the line with a mark below, and what to do. GOV-2"""
    file = project / "policies" / "calls" / "rules" / "bad.cedar"
    file.write_text(
        '@id("a") @reason("r")\n\tpermit (principal, action, resource) when { context.mood == "x" };\n'
        '@id("b") permit (principal, action, resource);\n'
    )
    result = run("validate")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[:4] == [
        "error: policies/calls/rules/bad.cedar:2:54: the policy `a` does not fit the schema: "
        'attribute `mood` in context for Action::"erase" and Action::"reason" not found',
        '  2 | \tpermit (principal, action, resource) when { context.mood == "x" };',
        "    | \t                                                    ^",
        "hint:  use what the schema names, or add it to schema.cedarschema",
    ]
    assert result.stdout.splitlines()[4:8] == [
        "error: policies/calls/rules/bad.cedar:3:1: the policy `b` has no `@reason`",
        '  3 | @id("b") permit (principal, action, resource);',
        "    | ^",
        "hint:  add `@reason(...)` that tells a person why the call is allowed or denied",
    ]
    listed = document(run("validate", "--json"))
    assert (listed["valid"], len(listed["errors"])) == (False, 2)
    assert listed["errors"][1] == {
        "path": "policies/calls/rules/bad.cedar",
        "line": 3,
        "column": 1,
        "message": "the policy `b` has no `@reason`",
        "text": '@id("b") permit (principal, action, resource);',
        "hint": "add `@reason(...)` that tells a person why the call is allowed or denied",
    }


def test_warnings_fail_only_when_asked_to(run: Run, project: Path, tmp_path: Path) -> None:
    """A file outside the project is checked as part of its set, and only what concerns it is said."""
    file = tmp_path / "wide.cedar"
    file.write_text('@id("wide") @reason("r") permit (principal, action == Action::"erase", resource);')
    result = run("validate", file)
    assert result.exit_code == 0
    assert "`wide` permits nothing: the forbid `no-erase`" in result.stdout
    assert run("validate", file, "--exit-code").exit_code == 3
    assert [warning["code"] for warning in document(run("validate", file, "--json"))["warnings"]] == [
        "shadowed",
        "wildcard",
    ]
    assert run("validate", project / "policies/calls/rules/no-erase.cedar", "--exit-code").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["validate", "nowhere"], "`nowhere` does not exist"),
        (["validate", "Pulumi.yaml"], "`Pulumi.yaml` is no policy file"),
        (
            ["validate", "policies/calls/rules", "Pulumi.yaml"],
            "`policies/calls/rules` is a set of its own and cannot be checked together with others",
        ),
        (
            ["diff", "nowhere", "policies/calls/rules"],
            "`nowhere` is neither a folder nor a published version",
        ),
        (["explain", "orbit", "reason", "--context", "{"], "--context is not JSON: "),
        (["explain", "orbit", "reason", "--context", "[]"], "--context is not a JSON object"),
        (["explain", "orbit", "reason", "--at", "noon"], "--at `noon` is not a time"),
        (["explain", "orbit", "reason", "--policy", "no-eraser"], "`--policy no-eraser`: no such policy in "),
        (["explain", "orbit", "reason", "--env", "moon"], "there is no environment `moon`"),
        (["replay", "--since", "yesterday"], "--since `yesterday` is not a duration"),
    ],
)
def test_a_mistake_in_a_command_is_explained(run: Run, arguments: list[str], message: str) -> None:
    """Exit code 2, one message and a hint; as JSON, one document."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}")
    assert "\nhint:  " in result.stderr
    failed = run(*arguments, "--json")
    assert document(failed)["error"]["exit_code"] == 2


@pytest.mark.parametrize(
    "command", ["diff", "list", "show x", "history", "rollback", "delete x", "drafts", "replay"]
)
def test_what_is_published_needs_a_running_sandbox(run: Run, command: str) -> None:
    """Exit code 1, and what to do."""
    result = run(*command.split())
    assert result.exit_code == 1
    assert "no sandbox is running" in result.stderr


def test_the_shipped_cases_pass_and_cover_every_policy(run: Run, project: Path) -> None:
    """`test` of the project, with JUnit output that a CI system reads. GOV-3"""
    result = run("test", "--junit", "build/policies.xml", "--min-coverage", 100)
    assert result.exit_code == 0, result.output
    assert "10 of 10 cases passed" in result.stdout
    assert "2 of 2 policies decided a case (100 %)" in result.stdout
    suites = ET.parse(project / "build" / "policies.xml").getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("10", "0")
    assert [suite.get("name") for suite in suites] == [
        "policies/calls/rules/declared-calls.cases.yaml",
        "policies/calls/rules/no-erase.cases.yaml",
    ]


def test_a_failing_case_is_named_with_its_place(run: Run, project: Path) -> None:
    """Exit code 1; what was expected and what is decided; the same in JUnit and JSON."""
    (project / "policies/calls/rules/no-erase.cedar").write_text("")
    result = run("test", "--junit", "out.xml")
    assert result.exit_code == 1
    assert (
        "failed nobody erases, not even where a call is declared "
        "(policies/calls/rules/no-erase.cases.yaml:3)\n"
        "       expected to be decided by `no-erase`, but it is by no policy\n"
    ) in result.stdout
    failures = ET.parse(project / "out.xml").getroot().iter("failure")
    assert {failure.get("message") for failure in failures} == {
        "expected to be decided by `no-erase`, but it is by no policy"
    }
    listed = document(run("test", "--json"))
    assert [case["name"] for case in listed["cases"] if not case["passed"]] == [
        "nobody erases, not even where a call is declared",
        "a service does not erase itself either",
        "a tenant and a purpose do not open erasing",
    ]


def test_a_policy_that_no_case_covers_is_named(run: Run, drafts: Path) -> None:
    """Coverage below what is asked for fails."""
    result = run("test", drafts)
    assert result.exit_code == 0
    assert result.stdout.endswith("2 of 3 policies decided a case (66 %)\n       not covered: no-trials\n")
    assert run("test", drafts, "--min-coverage", 80).exit_code == 1


def test_no_cases_is_no_success(run: Run, project: Path) -> None:
    """A folder without cases proves nothing, and says so."""
    (project / "empty").mkdir()
    result = run("test", "empty")
    assert result.exit_code == 1
    assert "there are no cases below `empty`" in result.stderr


def test_sets_are_compared_by_policy_and_by_effect(run: Run, drafts: Path) -> None:
    """What was added, and in which situation which decision is another."""
    result = run("diff", "policies/calls/rules", drafts, "--exit-code")
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "+ no-trials",
        "closes `orbit` reason `axon`: allowed by orbit-may-reason-on-axon → denied by no-trials "
        '(when tenant = "trial-", 2 of 4 situations)',
        "16 decisions compared: 0 open, 1 close, 3 stay for another reason",
    ]
    found = document(run("diff", "policies/calls/rules", drafts, "--json"))
    assert found["policies"] == {"added": ["no-trials"], "removed": [], "changed": []}
    assert [effect["change"] for effect in found["effects"]] == ["reason", "reason", "closes", "reason"]
    same = run("diff", drafts, drafts, "--exit-code")
    assert (same.exit_code, same.stdout.splitlines()[0]) == (0, "the policies are the same")


def test_a_comparison_that_is_not_whole_says_so_first_and_exits_3(run: Run, drafts: Path) -> None:
    """Although no decision is known to change; without `--exit-code` it exits 0. GOV-5"""
    (drafts / "no-trials.cedar").unlink()
    deep = " || ".join(["2 < 1"] * 700)
    (drafts / "odd.cedar").write_text(
        f'@id("odd") @reason("r") permit (principal, action, resource) when {{ {deep} }};'
    )
    result = run("diff", "policies/calls/rules", drafts, "--exit-code")
    assert result.exit_code == 3
    assert result.stdout.startswith("not everything was tried: ")
    assert "`odd`: a condition that is too deep" in result.stdout
    assert "0 open, 0 close" in result.stdout
    assert run("diff", "policies/calls/rules", drafts).exit_code == 0


def test_a_forbid_that_can_never_apply_is_an_error(run: Run, drafts: Path) -> None:
    """Exit 2, as for any other error; the same permit is a warning. GOV-5"""
    scope = '(principal, action == Action::"reason", resource)'
    text = f'@id("dead") @reason("r") {{}} {scope} when {{{{ context has tennant }}}};'
    for effect, code, word in (("forbid", 2, "error"), ("permit", 0, "warning")):
        (drafts / "dead.cedar").write_text(text.format(effect))
        result = run("validate", drafts)
        assert result.exit_code == code
        assert f"{word}: " in result.stdout
        assert "`dead` never applies: the schema has no `context.tennant`" in result.stdout


def test_a_changed_policy_shows_its_lines(run: Run, project: Path, drafts: Path) -> None:
    """Old and new, as a diff."""
    other = project / "other"
    shutil.copytree(drafts, other)
    (other / "no-trials.cedar").write_text(TRIALS.replace("trial-", "test-"))
    lines = run("diff", drafts, other).stdout.splitlines()
    assert lines[0] == "~ no-trials"
    assert '    -when { context has tenant && context.tenant like "trial-*" };' in lines
    assert '    +when { context has tenant && context.tenant like "test-*" };' in lines


def test_a_decision_is_explained_policy_by_policy(run: Run, drafts: Path) -> None:
    """Which applied, and of the others what did not hold."""
    result = run("explain", "orbit", "reason", "--tenant", "acme", "--in", drafts)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "allowed: orbit declares that it calls axon to reason (permitted)",
        "  applied   permit orbit-may-reason-on-axon: orbit declares that it calls axon to reason",
        '  condition forbid no-trials: `context.tenant like "trial-*"` does not hold',
        '            context.tenant is "acme"',
        "  1 more are about other services or intents",
    ]
    denied = document(
        run("explain", "orbit", "erase", "--target", "axon", "--policy", "orbit-may-reason-on-axon", "--json")
    )
    assert denied["answer"]["policies"] == ["no-erase"]
    assert denied["policies"][1]["detail"] == "it is about the intent `reason`, not `erase`"


def test_recorded_decisions_are_replayed_from_a_file(run: Run, project: Path, drafts: Path) -> None:
    """Counts what stays and lists what flips; lines that are no decisions are passed over."""
    line = {
        "timestamp": "2026-11-22T09:30:00Z",
        "caller": "orbit",
        "intent": "reason",
        "target": "axon",
        "tenant": "trial-1",
        "masked": [],
        "allowed": True,
        "reason_code": "permitted",
        "policies": ["orbit-may-reason-on-axon"],
        "policy_version": "v",
        "decision_id": "d",
    }
    lines = [line, {**line, "tenant": "acme"}, {"message": "START"}, {**line, "masked": ["tenant"]}]
    (project / "log.jsonl").write_text("\n".join(json.dumps(item) for item in lines))
    result = run("replay", "--log", "log.jsonl", "--draft", drafts, "--exit-code")
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        'closes `orbit` reason `axon` with tenant = "trial-1": allowed by orbit-may-reason-on-axon → '
        "denied by no-trials (1 times)",
        "3 decisions: 1 the same, 1 flip, 1 masked",
    ]
    found = document(run("replay", "--log", "log.jsonl", "--json"))
    assert (found["decisions"], found["same"], found["flipped"], found["skipped"]) == (3, 3, 0, {})


def test_a_log_file_that_is_none_is_named_with_its_line(run: Run, project: Path) -> None:
    """Exit code 1 and the line."""
    (project / "log.jsonl").write_text('{"a": 1}\nnot json\n')
    result = run("replay", "--log", "log.jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: log.jsonl:2: not a JSON value: ")
