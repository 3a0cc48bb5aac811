"""The smoke test: every address has to answer with 2xx, in one of a few rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

ROUNDS = 3
"""A rule of a listener takes a moment to be in force everywhere."""
PAUSE_SECONDS = 2.0
AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeAnswer:
    """What came back from an address: a status, or why there is none."""

    url: str
    status: int | None = None
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether the release works, as far as this address tells. A redirect is no answer of it."""
        return self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        """The address and what came of it."""
        return f"{self.url}: {self.why or self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeVerdict:
    """What the last round found; `asked` are all addresses, `bad` the answers of those that did not pass."""

    asked: tuple[str, ...]
    bad: tuple[SmokeAnswer, ...]

    @property
    def hook_status(self) -> str:
        """ECS's word: without an address that was asked, nothing is proven."""
        return "SUCCEEDED" if self.asked and not self.bad else "FAILED"

    @property
    def reason(self) -> str:
        """Why a deployment is rolled back, for the log; empty if it is not."""
        if not self.asked:
            return "there was nothing to ask"
        return "; ".join(map(str, self.bad))


def run_smoke_test(
    urls: Iterable[str],
    ask: Callable[[str], SmokeAnswer],
    pause: Callable[[float], object],
    seconds_left: Callable[[], float],
) -> SmokeVerdict:
    """Ask every address, and those that did not answer well again, while there is time for a further round.

    `ask` has a time limit of its own; `seconds_left` is how much there is until the function has to answer.
    """
    asked = tuple(dict.fromkeys(urls))
    answers: dict[str, SmokeAnswer] = {}
    for number in range(ROUNDS):
        open_urls = [url for url in asked if url not in answers or not answers[url].good]
        if number and (not open_urls or seconds_left() < PAUSE_SECONDS):
            break
        if number:
            pause(PAUSE_SECONDS)
        answers |= _ask_all(open_urls, ask, seconds_left)
    return SmokeVerdict(asked=asked, bad=tuple(answers[url] for url in asked if not answers[url].good))


def _ask_all(
    urls: Sequence[str], ask: Callable[[str], SmokeAnswer], seconds_left: Callable[[], float]
) -> Mapping[str, SmokeAnswer]:
    def ask_in_time(url: str) -> SmokeAnswer:
        return ask(url) if seconds_left() > 0 else SmokeAnswer(url=url, why="not asked: no time was left")

    if not urls:
        return {}
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(urls))) as pool:
        return {answer.url: answer for answer in pool.map(ask_in_time, urls)}
