"""Asynchronous invocations: accepted at once, run in the background, tried again when they fail.

Lambda makes two more attempts after a function error, a minute and then two minutes later, and tries a
throttled event again with growing pauses
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.cloud.functions.errors import FunctionsError, ThrottledError
from sandbox.cloud.functions.executor import DeployedFunction, FunctionExecutor
from sandbox.cloud.functions.invocation import Invocation, InvocationResult

log = logging.getLogger(__name__)

RETRY_SECONDS = (60.0, 120.0)
THROTTLE_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 300.0)
WORKERS = 8

After = Callable[[float, Callable[[], None]], None]
"""Runs a function after a number of seconds."""


class EventQueue:
    """Queues events and runs functions on them; events still waiting when the sandbox stops are lost."""

    def __init__(
        self,
        executor: FunctionExecutor,
        *,
        retries: Sequence[float] = RETRY_SECONDS,
        throttled: Sequence[float] = THROTTLE_SECONDS,
        after: After | None = None,
    ) -> None:
        """`retries` and `throttled` are the pauses before each further attempt, in seconds."""
        self._executor = executor
        self._retries = retries
        self._throttled = throttled
        self._after = after or _timer
        self._workers = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="function-event")

    def put(self, deployed: DeployedFunction, invocation: Invocation, *, attempts: int = 3) -> None:
        """Accept an event, to be tried `attempts` times at most. Returns at once."""
        self._submit(deployed, invocation, list(self._retries[: attempts - 1]), list(self._throttled))

    def stop(self) -> None:
        """Run no more events."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _submit(
        self, deployed: DeployedFunction, invocation: Invocation, retries: list[float], throttled: list[float]
    ) -> None:
        try:
            self._workers.submit(self._run, deployed, invocation, retries, throttled)
        except RuntimeError:
            log.warning("an event for function %s is lost: the sandbox stops", deployed.configuration.name)

    def _run(
        self, deployed: DeployedFunction, invocation: Invocation, retries: list[float], throttled: list[float]
    ) -> None:
        name = deployed.configuration.name
        try:
            outcome: InvocationResult | None = self._executor.invoke(deployed, invocation)
        except ThrottledError:
            outcome, pauses = None, throttled
        except FunctionsError as error:
            log.warning("an event for function %s is lost: %s", name, error.message)
            return
        except Exception:
            log.exception("an event for function %s is lost", name)
            return
        else:
            pauses = retries
        if outcome is not None and not outcome.failed:
            return
        if not pauses:
            log.error("an event for function %s failed in every attempt", name)
            return
        pause = pauses.pop(0)
        self._after(pause, lambda: self._submit(deployed, invocation, retries, throttled))


def _timer(seconds: float, work: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
