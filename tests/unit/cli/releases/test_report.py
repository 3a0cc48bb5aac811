"""Releases in words and as JSON values."""

from __future__ import annotations

from cli.releases.release import ReleaseKind, ReleaseState, advance
from cli.releases.report import commit_words, inputs_document, release_document, release_line, release_lines
from tests.support.releases import event, inputs, release

GOOD = (ReleaseState.APPLIED, ReleaseState.SUCCEEDED)


def test_a_release_in_one_line() -> None:
    """Number, time, state, what made it, who; and why, where there is a reason."""
    assert release_line(release(3, *GOOD)) == (
        "   3  2026-11-28T01:02:03  succeeded    up              arn:aws:iam::123456789012:user/ada"
    )
    back = release(4, kind=ReleaseKind.ROLLBACK, back_to=3)
    back = advance(back, event(ReleaseState.FAILED, reason="no room"))
    assert release_line(back) == (
        "   4  2026-11-28T01:02:03  failed       rollback to 3   arn:aws:iam::123456789012:user/ada: no room"
    )


def test_all_of_a_release() -> None:
    """Its timeline, its commit, its inputs; and what of them is not recorded."""
    found = release(3, *GOOD, strategies={"axon": "canary"}, clean=False)
    shown = list(release_lines(found, inputs(withheld={"platform": ("aws:secretKey",)})))
    assert shown[0] == "release   3, succeeded"
    assert "commit    cccccccccccc, with changes that are not in it" in shown
    assert "          2026-11-28T01:02:03.000+00:00  succeeded" in shown
    assert "    aws:secretKey is not recorded" in shown
    assert "  strategy of axon: canary" in shown
    assert commit_words(release(1, commit="", clean=None)) == "none: not made in a Git repository"


def test_documents_have_all_of_it() -> None:
    """State and reason on top, then how it began, then every event."""
    found = release_document(release(3, *GOOD))
    assert (found["number"], found["state"], found["kind"], found["clean"]) == (3, "succeeded", "up", True)
    assert [one["state"] for one in found["events"]] == ["applied", "succeeded"]
    assert inputs_document(inputs())["images"] == {"axon": "sha256:" + "a" * 64}
