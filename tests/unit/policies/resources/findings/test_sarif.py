"""The report as code scanning reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.resources.findings.sarif import sarif_document
from policies.resources.findings.settlement import settle
from policies.resources.findings.severity import Severity
from policies.resources.findings.source_paths import SourcePaths
from policies.resources.findings.values import Finding, Problem
from policies.resources.graph.values import Location
from tests.support.resources.found import TODAY, finding, scan, suppression
from tests.support.resources.sarif_schema import validate_sarif

PATHS = SourcePaths(root="/repo", program="infra", has_file=lambda path: path == "infra/__main__.py")


def at(path: str | None, line: int = 3) -> Finding:
    location = None if path is None else Location(path=path, line=line)
    return replace(finding(name=str(path)), location=location)


def test_each_result_carries_what_excuses_it() -> None:
    """Failures come with their line; excused and known ones with their justification."""
    failed, excused, known = finding(line=30), finding(line=10), finding("CKV_AWS_21", line=50)
    problem = Problem(path="app.py", line=3, message="this suppression has no reason", hint="write one")
    report = settle(
        [scan(failed, excused, known)],
        [suppression(), problem],
        frozenset({known.fingerprint}),
        TODAY,
        whole=True,
    )
    document = sarif_document(report, PATHS)
    validate_sarif(document)
    (run,) = document["runs"]
    assert {
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"]): [
            mark["justification"] for mark in result.get("suppressions", [])
        ]
        for result in run["results"]
    } == {
        ("CKV_AWS_18", 30): [],
        ("CKV_AWS_18", 10): ["nobody reads this bucket (until 2027-06-30)"],
        ("CKV_AWS_21", 50): ["baseline"],
        ("suppression", 3): [],
    }
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {
        result["ruleId"] for result in run["results"]
    }
    assert run["properties"]["suppressions"][0]["reason"] == "nobody reads this bucket"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        pytest.param("__main__.py", "infra/__main__.py", id="in the program"),
        pytest.param("my infra/main[1].py", "infra/my%20infra/main%5B1%5D.py", id="odd characters"),
        pytest.param("../shared/web.py", "shared/web.py", id="elsewhere in the repository"),
        pytest.param("/repo/lib/ünï.ts", "lib/%C3%BCn%C3%AF.ts", id="whole path inside"),
        pytest.param("C:/Users/a/p/__main__.py", "infra/__main__.py", id="another machine"),
        pytest.param("C:\\Users\\a\\__main__.py", "infra/__main__.py", id="backslashes"),
        pytest.param("/home/b/app/index.ts", "infra/Pulumi.yaml", id="not in the repository"),
        pytest.param("../../out/web.py", "infra/Pulumi.yaml", id="above the repository"),
        pytest.param(None, "infra/Pulumi.yaml", id="no line"),
    ],
)
def test_every_result_has_a_place_in_the_repository(path: str | None, uri: str) -> None:
    """A place is a path from the repository's root, percent-encoded; what has none is at the project's
    file.
    """
    report = settle([scan(at(path))], [], frozenset(), TODAY, whole=True)
    document = sarif_document(report, PATHS)
    validate_sarif(document)
    (result,) = document["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    exact = not uri.endswith("Pulumi.yaml")
    assert place["region"]["startLine"] == (3 if exact else 1)
    assert ("(made at" in result["message"]["text"]) is not exact


def test_what_is_undecided_raises_no_alert() -> None:
    """It is counted among the run's properties, with its reason."""
    open_ = replace(finding("CKV_AWS_26"), detail="`kmsKeyId` is not known before a deployment")
    report = settle([replace(scan(), undecided=(open_,))], [], frozenset(), TODAY, whole=True)
    (run,) = sarif_document(report, PATHS)["runs"]
    assert run["results"] == []
    assert run["properties"]["undecided"] == [
        {"ruleId": "CKV_AWS_26", "urn": open_.urn, "reason": open_.detail}
    ]


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.LOW, "note"),
        (Severity.MEDIUM, "warning"),
        (Severity.HIGH, "error"),
        (Severity.CRITICAL, "error"),
    ],
)
def test_a_severity_is_a_level(severity: Severity, level: str) -> None:
    """Code scanning shows a rule by its level and by a number."""
    one = finding()
    report = settle(
        [scan(replace(one, check=replace(one.check, severity=severity)))], [], frozenset(), TODAY, whole=True
    )
    (run,) = sarif_document(report, PATHS)["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert run["results"][0]["level"] == rule["defaultConfiguration"]["level"] == level
    assert 0 < float(rule["properties"]["security-severity"]) < 10
