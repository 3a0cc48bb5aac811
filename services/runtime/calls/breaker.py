"""A circuit breaker: stops calling a service that mostly fails, and finds out carefully whether it is back.

The semantics are those of resilience4j (https://resilience4j.readme.io/docs/circuitbreaker): a time-based
window, a threshold that applies from a minimum number of calls, outcomes that say nothing about the service's
health are ignored, a fixed number of calls in half-open, and a bounded time in it. A call that is slow and
succeeds is a success: under load everything is slow, and an open circuit would make an outage of it; what is
too slow has run into its time-out, and failed. States are values and each transition is a pure function of
state, event and time; `CircuitBreaker` keeps the current state.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, assert_never


class Outcome(Enum):
    """How a call ended, as far as the health of the called service goes."""

    SUCCESS = "success"
    FAILURE = "failure"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerConfig:
    """The rate is a share of the calls of the last `window_seconds`, 0 to 1; times are in seconds."""

    window_seconds: int = 10
    minimum_calls: int = 20
    failure_rate: float = 0.5
    open_seconds: float = 5.0
    half_open_calls: int = 3
    half_open_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCalls:
    """How many calls ended in one second of the clock, and how many of them failed."""

    second: int
    count: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """All calls are let through; `ended` are those of the window, by seconds, the oldest first."""

    epoch: int
    ended: tuple[FinishedCalls, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """No call is let through before `until`."""

    epoch: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfOpen:
    """A fixed number of calls is let through to see; without a verdict by `until` it opens again."""

    epoch: int
    until: float
    admitted: int = 0
    count: int = 0
    failed: int = 0


State = Closed | Open | HalfOpen


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Permission to make one call.

    `epoch` is the number of the period in one state in which it was given: an outcome that arrives in a later
    period is not counted.
    """

    epoch: int


def _counted(
    ended: tuple[FinishedCalls, ...], *, failed: bool, now: float, config: BreakerConfig
) -> tuple[FinishedCalls, ...]:
    """The calls of the window, with one more that ended now."""
    second = int(now)
    if ended and ended[-1].second == second:
        *before, last = ended
    else:
        before = [each for each in ended if each.second > second - config.window_seconds]
        last = FinishedCalls(second=second, count=0, failed=0)
    return (*before, replace(last, count=last.count + 1, failed=last.failed + failed))


def elapse(state: State, now: float, config: BreakerConfig) -> State:
    """The state at `now`: open becomes half-open when its time is over, half-open without a verdict opens
    again.
    """
    match state:
        case Open() if now >= state.until:
            return HalfOpen(epoch=state.epoch + 1, until=now + config.half_open_seconds)
        case HalfOpen() if now >= state.until:
            # it opened when its time was over, which may be long ago
            opened = Open(epoch=state.epoch + 1, until=state.until + config.open_seconds)
            return elapse(opened, now, config)
        case _:
            return state


def acquire(state: State, now: float, config: BreakerConfig) -> tuple[State, Permit | None]:
    """Ask to make a call at `now`: the next state, and the permit or None."""
    state = elapse(state, now, config)
    match state:
        case Closed():
            return state, Permit(epoch=state.epoch)
        case Open():
            return state, None
        case HalfOpen():
            if state.admitted >= config.half_open_calls:
                return state, None
            return replace(state, admitted=state.admitted + 1), Permit(epoch=state.epoch)
        case _:  # pragma: no cover - mypy proves it
            assert_never(state)


def record(state: State, permit: Permit, outcome: Outcome, now: float, config: BreakerConfig) -> State:
    """The next state, now that the call of `permit` ended at `now`.

    Each permit is recorded exactly once.
    """
    state = elapse(state, now, config)
    if permit.epoch != state.epoch or isinstance(state, Open):
        return state
    failure = outcome is Outcome.FAILURE
    match state:
        case Closed():
            if outcome is Outcome.IGNORED:
                return state
            ended = _counted(state.ended, failed=failure, now=now, config=config)
            count, failed = sum(each.count for each in ended), sum(each.failed for each in ended)
            # only a failure opens it: successes can but lower the rate
            if failure and count >= config.minimum_calls and failed >= config.failure_rate * count:
                return Open(epoch=state.epoch + 1, until=now + config.open_seconds)
            return replace(state, ended=ended)
        case HalfOpen():
            if outcome is Outcome.IGNORED:
                # it said nothing, so another may be made in its place
                return replace(state, admitted=state.admitted - 1)
            count, failed = state.count + 1, state.failed + failure
            if count < config.half_open_calls:
                return replace(state, count=count, failed=failed)
            if failed >= config.failure_rate * count:
                return Open(epoch=state.epoch + 1, until=now + config.open_seconds)
            return Closed(epoch=state.epoch + 1)
        case _:  # pragma: no cover - mypy proves it
            assert_never(state)


class CircuitBreaker:
    """Keeps the state of one breaker. It belongs to one event loop and takes no lock."""

    def __init__(
        self, config: BreakerConfig | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config or BreakerConfig()
        self._monotonic = monotonic
        self._state: State = Closed(epoch=0)

    @property
    def state(self) -> Literal["closed", "open", "half_open"]:
        """The name of the state now."""
        match elapse(self._state, self._monotonic(), self._config):
            case Closed():
                return "closed"
            case Open():
                return "open"
            case HalfOpen():
                return "half_open"
            case _ as never:  # pragma: no cover - mypy proves it
                assert_never(never)

    def acquire(self) -> Permit | None:
        """Permission to make a call, or None."""
        self._state, permit = acquire(self._state, self._monotonic(), self._config)
        return permit

    def record(self, permit: Permit, outcome: Outcome) -> None:
        """Note how the call of `permit` ended."""
        self._state = record(self._state, permit, outcome, self._monotonic(), self._config)

    def retry_after(self) -> int:
        """Whole seconds, at least 1, until calls may be let through again."""
        state = self._state
        left = 0.0 if isinstance(state, Closed) else state.until - self._monotonic()
        return max(1, int(left + 0.999))
