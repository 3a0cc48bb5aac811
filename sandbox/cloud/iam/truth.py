"""Three-valued logic: yes, no, and None for what is not judged.

A question that can be answered without what is unknown is answered; otherwise the answer is unknown, too.
"""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None
"""None: not judged."""


def every(answers: Iterable[Truth]) -> Truth:
    """Yes if all are; no if one is not, whatever is unknown."""
    found: Truth = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            found = None
    return found


def some(answers: Iterable[Truth]) -> Truth:
    """Yes if one is, whatever is unknown; no if none is."""
    found: Truth = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            found = None
    return found


def flipped(answer: Truth) -> Truth:
    """The other answer; the unknown stays unknown."""
    return None if answer is None else not answer
