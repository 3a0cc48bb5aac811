"""Where a line of a program lies in its repository. CHK-1"""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from policies.resources.findings.source_paths import SourcePaths
from policies.resources.graph.values import Location

PARTS = st.lists(st.sampled_from(["..", ".", "a", "b c", "C:", "", "x[1].py"]), min_size=1, max_size=6)


@given(PARTS, st.sampled_from(["", "infra", "a/b"]), st.sampled_from(["", "/", "C:/"]), st.integers(-2, 9))
def test_no_place_leads_out_of_the_repository(parts: list[str], program: str, start: str, line: int) -> None:
    """Whatever a document says, the path is relative, goes down only, and its line counts from 1."""
    paths = SourcePaths(root="/repo", program=program)
    place = paths.place(Location(path=start + "/".join(parts), line=line))
    assert not place.path.startswith(("/", "../"))
    assert ".." not in PurePosixPath(place.path).parts
    assert place.path
    assert place.line >= 1


def test_the_longest_end_of_a_path_counts() -> None:
    """Of files that are called alike, the one in the same folders is meant."""
    files = {"app/web/main.py", "app/main.py"}
    paths = SourcePaths(root="/repo", program="app", has_file=files.__contains__)
    assert paths.place(Location(path="/builds/7/app/web/main.py", line=2)).path == "app/web/main.py"
    assert paths.place(Location(path="/builds/7/other/main.py", line=2)).path == "app/main.py"
    assert not paths.place(Location(path="/builds/7/none.py", line=2)).exact
