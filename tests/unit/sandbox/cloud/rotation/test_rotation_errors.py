"""What is wrong with a schedule is said in words, and with what to do."""

from __future__ import annotations

from sandbox.cloud.rotation.errors import ScheduleError


def test_a_schedule_that_is_not_taken_is_bad_input() -> None:
    """It is corrected where it was written, so the hint says what would be taken."""
    error = ScheduleError("no")
    assert (error.message, error.bad_input) == ("no", True)
    assert "cron" in error.hint
