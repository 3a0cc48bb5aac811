"""docs/traceability.md is what the tests say, and every requirement has one or a reason why not."""

from __future__ import annotations

from tests.support.documents.traceability import OPEN, PAGE, PARTLY, files_by_requirement, page, requirements


def test_the_page_is_what_the_tests_say() -> None:
    """If not: `python -m tests.support.documents.traceability` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_requirement_has_a_test_or_a_reason() -> None:
    """One that is said to be open has no test: as soon as it has, it is covered, or in part."""
    assert requirements().keys() == files_by_requirement().keys() | OPEN.keys()
    assert not OPEN.keys() & files_by_requirement().keys()
    assert PARTLY.keys() <= files_by_requirement().keys()


def test_every_line_of_the_requirements_is_read() -> None:
    """A requirement that is written in another form would be left out in silence."""
    lines = (PAGE.parent / "requirements.md").read_text(encoding="utf-8").splitlines()
    assert len(requirements()) == sum(line.startswith("- ") for line in lines)
