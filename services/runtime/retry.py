"""When to try again, and how often at most. Pure state machines; one retry layer in the whole path.

Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/. Retry budget:
tokens, a tenth of one for each request and one for each retry, so that retries never add more than a tenth to
the traffic of a target in trouble.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most `max_attempts` in all; before retry n (from 0) wait a random time of up to `base * 2**n`, at
    most `cap`.
    """

    max_attempts: int = 3
    base_seconds: float = 0.05
    cap_seconds: float = 0.5

    def pause(self, retry: int, chance: float) -> float:
        """Seconds to wait before retry number `retry` (from 0); `chance` is uniform in [0, 1)."""
        return float(chance * min(self.cap_seconds, self.base_seconds * 2**retry))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBudget:
    """How many retries may still be made.

    Starts with `capacity` retries, so that a quiet service may retry too; over any time,
    retries <= capacity + ratio * requests.
    """

    ratio: float = 0.1
    capacity: float = 10.0
    balance: float = 10.0

    def deposit(self) -> RetryBudget:
        """After a request that is not a retry."""
        return replace(self, balance=min(self.capacity, self.balance + self.ratio))

    def withdraw(self) -> RetryBudget | None:
        """For one retry; None when there is no budget for it."""
        # the sum of ten tenths is a little less than one
        if self.balance < 1.0 - 1e-9:
            return None
        return replace(self, balance=max(0.0, self.balance - 1.0))
