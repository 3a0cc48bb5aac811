"""A target has a number of places, and what this process is to blame for opens no circuit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from services.runtime.calls.caller import Bulkhead, ServiceCaller, Wanted
from services.runtime.calls.errors import TargetBusyError, TargetTimeoutError
from services.runtime.calls.exchange import SignedExchange
from services.runtime.calls.http import HttpAnswer
from services.runtime.deadline import Deadline
from services.runtime.governance.grants import Grants
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import NoExporter, Tracer
from tests.support.services.scripted_calls import BALANCE, REGION, answer, calling


class HeldHttp:
    """Answers when it is told to; `most` is how many requests were there at once."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.now = self.most = 0

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go_on.wait()
        finally:
            self.now -= 1
        return answer()

    async def close(self) -> None: ...


def caller(
    http: HeldHttp, bulkhead: Bulkhead | None = None, *, attempt_seconds: float = 60, late: float = 0
) -> ServiceCaller:
    """A caller of `ledger` over real time, whose process was late by `late` seconds."""
    around = calling()
    return ServiceCaller(
        service="orbit",
        calls=(BALANCE,),
        grants=Grants(governance=around.governance, epoch_seconds=lambda: 1000.0),
        exchange=SignedExchange(
            caller="orbit",
            region=REGION,
            keys=around.keys,
            http=http,
            tracer=Tracer(service="orbit", exporter=NoExporter()),
            attempt_seconds=attempt_seconds,
            late=lambda _: late,
        ),
        keys=around.keys,
        metrics=Metrics(service="orbit", environment="test"),
        bulkhead=bulkhead or Bulkhead(),
        chance=lambda: 0.0,
    )


async def ask(made: ServiceCaller) -> object:
    loop = asyncio.get_running_loop()
    wanted = Wanted(service="ledger", intent="balance", payload={})
    return (await made.call(wanted, Deadline.within(60, now=loop.time()))).answer


def test_a_target_gets_no_more_calls_at_once_than_it_has_places() -> None:
    """ORB-1: of six calls two are under way, three wait and are made, one is told 503 and not sent."""

    async def run() -> tuple[int, list[object]]:
        http = HeldHttp()
        made = caller(http, Bulkhead(at_once=2, waiting=3, wait_seconds=60))
        await made._keys.load()
        asked = [asyncio.create_task(ask(made)) for _ in range(6)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        http.go_on.set()
        return http.most, await asyncio.gather(*asked, return_exceptions=True)

    most, found = asyncio.run(run())
    refused = [each for each in found if isinstance(each, TargetBusyError)]
    assert most == 2
    assert [each for each in found if each == "done"] == ["done"] * 5
    assert [(each.status, each.slug, each.sent, each.blames_target) for each in refused] == [
        (503, "busy", False, False)
    ]


@pytest.mark.parametrize(("late", "state"), [(0.0, "open"), (0.02, "closed")])
def test_a_time_out_counts_against_the_target_unless_this_process_was_late(late: float, state: str) -> None:
    """ORB-1: twenty calls without an answer open the circuit, unless this process was late meanwhile."""

    async def run() -> str:
        made = caller(HeldHttp(), attempt_seconds=0.04, late=late)
        await made._keys.load()
        for _ in range(20):
            with pytest.raises((TargetTimeoutError, Exception)):
                await ask(made)
        return made.breakers["ledger"].state

    assert asyncio.run(run()) == state
