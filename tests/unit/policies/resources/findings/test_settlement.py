"""What a failure comes to."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from policies.resources.findings.settlement import settle
from policies.resources.findings.values import Problem, Report
from tests.support.resources.found import LATER, TODAY, finding, scan, suppression


def messages(report: Report) -> list[str]:
    return [problem.message for problem in report.problems]


def test_a_failure_without_an_excuse_fails() -> None:
    """Nothing hides a failure by default."""
    report = settle([scan(finding())], [], frozenset(), TODAY, whole=True)
    assert report.failed == (finding(),)
    assert not report.clean


def test_a_suppression_excuses_what_it_stands_beside() -> None:
    """Check, line and stack have to agree; the suppression stays in the report."""
    excuse = suppression()
    report = settle([scan(finding())], [excuse], frozenset(), TODAY, whole=True)
    assert report.failed == ()
    assert [entry.suppression for entry in report.suppressed] == [excuse]
    assert report.suppressions == (excuse,)
    assert report.clean


def test_a_suppression_excuses_nothing_else() -> None:
    """Another check, another line and another stack fail as before."""
    others = (finding("CKV_AWS_21"), finding(line=30), finding(stack="prod-platform", name="x"))
    excuse = suppression(stacks=("dev-*",))
    scans = [scan(finding(), *others[:2]), scan(others[2], stack="prod-platform")]
    report = settle(scans, [excuse], frozenset(), TODAY, whole=True)
    assert set(report.failed) == set(others)


def test_an_expired_suppression_fails_and_excuses_nothing() -> None:
    """The last day still counts; the day after, finding and suppression both fail."""
    excuse = suppression(until=TODAY)
    assert settle([scan(finding())], [excuse], frozenset(), TODAY, whole=True).clean
    report = settle([scan(finding())], [excuse], frozenset(), date(2026, 11, 23), whole=True)
    assert report.failed == (finding(),)
    assert messages(report) == ["this suppression expired on 2026-11-22"]


def test_a_suppression_that_excuses_nothing_any_more_fails() -> None:
    """When the check passes on the lines it stands beside, it has to go."""
    report = settle([scan(lines=(10,))], [suppression()], frozenset(), TODAY, whole=True)
    assert messages(report) == ["this suppression excuses nothing: CKV_AWS_18 passes here now"]
    assert not report.clean


def test_each_check_of_a_suppression_has_to_be_needed() -> None:
    """One that excuses two checks fails as soon as one of them passes."""
    excuse = suppression("CKV_AWS_18", "CKV_AWS_21")
    report = settle([scan(finding())], [excuse], frozenset(), TODAY, whole=True)
    assert report.failed == ()
    assert messages(report) == ["this suppression excuses nothing: CKV_AWS_21 passes here now"]


def test_a_suppression_beside_no_resource_fails_in_a_whole_run_only() -> None:
    """A run over one stack cannot know what the others make; a run over all can."""
    whole = settle([scan(lines=(99,))], [suppression()], frozenset(), TODAY, whole=True)
    assert messages(whole) == ["this suppression stands beside nothing that makes a resource"]
    assert settle([scan(lines=(99,))], [suppression()], frozenset(), TODAY, whole=False).clean


def test_a_suppression_for_other_stacks_is_not_judged() -> None:
    """What speaks of `prod-*` says nothing in a run over dev."""
    report = settle([scan(lines=(10,))], [suppression(stacks=("prod-*",))], frozenset(), TODAY, whole=True)
    assert report.clean
    assert report.suppressions == ()


def test_a_malformed_suppression_fails() -> None:
    """What cannot be read excuses nothing and is said."""
    problem = Problem(path="a.py", line=3, message="this suppression has no reason", hint="write one")
    report = settle([scan(finding())], [problem], frozenset(), TODAY, whole=True)
    assert report.problems == (problem,)
    assert report.failed == (finding(),)


def test_the_baseline_holds_what_was_known() -> None:
    """Known failures do not fail, new ones do, and mended ones are named."""
    new = finding("CKV_AWS_21")
    baseline = frozenset({finding().fingerprint, "CKV_AWS_1 urn:gone"})
    report = settle([scan(finding(), new)], [], baseline, TODAY, whole=True)
    assert report.failed == (new,)
    assert report.known == (finding(),)
    assert report.settled == ("CKV_AWS_1 urn:gone",)


_FINDINGS = st.builds(
    lambda check, line, stack: finding(check, line=line, stack=stack),
    st.sampled_from(["CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6"]),
    st.integers(1, 30),
    st.sampled_from(["dev-platform", "sandbox-platform"]),
)
_SUPPRESSIONS = st.builds(
    lambda check, line, until, stacks: suppression(check, line=line, until=until, stacks=stacks),
    st.sampled_from(["CKV_AWS_18", "CKV_AWS_21", "CKV2_AWS_6"]),
    st.integers(1, 30),
    st.sampled_from([TODAY, LATER, date(2026, 1, 1)]),
    st.sampled_from([(), ("dev-*",), ("sandbox-*",)]),
)


@given(
    st.lists(_FINDINGS, max_size=8, unique=True),
    st.lists(_SUPPRESSIONS, max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_no_failure_is_lost(failures: list, written: list, known: bool, whole: bool) -> None:  # type: ignore[type-arg]
    """Each failure is failed, suppressed or known, exactly once, and only a valid suppression excuses."""
    scans = [
        scan(*(item for item in failures if item.stack == stack), stack=stack)
        for stack in ("dev-platform", "sandbox-platform")
    ]
    baseline = frozenset({failures[0].fingerprint}) if known and failures else frozenset[str]()
    report = settle(scans, written, baseline, TODAY, whole=whole)
    settled = [*report.failed, *(entry.finding for entry in report.suppressed), *report.known]
    assert sorted(settled, key=repr) == sorted(failures, key=repr)
    for entry in report.suppressed:
        assert entry.suppression.until >= TODAY
        assert entry.suppression.covers(entry.finding.location, entry.finding.name)
        assert entry.suppression.speaks_of(entry.finding.stack)
    assert report.clean == (not report.failed and not report.problems)
