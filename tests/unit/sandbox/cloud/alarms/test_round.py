"""One evaluation of all alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox.cloud.alarms.definitions import Alarm, AlarmState, AlarmVerdict, MetricAlarm
from sandbox.cloud.alarms.round import Round, evaluate_alarms
from tests.support.cloudwatch.alarms import TELLING, TOPIC, composite_alarm, metric_alarm

OK, RED, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


class Played:
    """Rounds over the same alarms, a minute apart, with values by alarm."""

    def __init__(self, alarms: Iterable[Alarm]) -> None:
        self.alarms = list(alarms)
        self.verdicts = {alarm.name: AlarmVerdict(state=OK, reason="") for alarm in self.alarms}
        self.last = Round()
        self.now = 0.0

    def round(self, red: Iterable[str] = ()) -> Round:
        values: Mapping[str, float] = dict.fromkeys(red, 1.0)

        def of(alarm: MetricAlarm) -> list[float | None]:
            return [values.get(alarm.name, 0.0)] * 5

        self.now += 60
        self.last = evaluate_alarms(self.alarms, self.verdicts, self.last.memories, of, self.now)
        self.verdicts |= {one.name: one.verdict for one in self.last.transitions}
        return self.last

    def told(self, red: Iterable[str] = ()) -> list[tuple[str, str]]:
        return [(one.name, one.verdict.state.value) for one in self.round(red).told]


def test_a_change_is_told_once() -> None:
    """Begin and end, each with the state before."""
    played = Played([metric_alarm("a", actions=TELLING)])
    first = played.round(["a"])
    assert [(one.name, one.old, one.verdict.state, one.topics) for one in first.told] == [
        ("a", OK, RED, (TOPIC,))
    ]
    assert played.told(["a"]) == []
    assert played.told() == [("a", "OK")]
    assert played.told() == []


def test_composites_follow_in_the_same_round_whatever_their_order() -> None:
    """One over one over a metric alarm; the reason names the red ones."""
    played = Played(
        [composite_alarm("top", "ALARM(middle)"), composite_alarm("middle", "ALARM(a) OR ALARM(b)"),
         metric_alarm("a"), metric_alarm("b")]
    )  # fmt: skip
    found = {one.name: one.verdict for one in played.round(["b"]).transitions}
    assert {name: verdict.state for name, verdict in found.items()} == {"b": RED, "middle": RED, "top": RED}
    assert found["middle"].reason == "red below it: b"


def test_a_storm_is_one_message() -> None:
    """A callee dies under ten callers: the topic hears of it alone, and once of its end."""
    callers = [f"caller{number}" for number in range(10)]
    alarms: list[Alarm] = [metric_alarm("callee/down"), composite_alarm("callee", "ALARM(callee/down)")]
    for name in callers:
        alarms.append(metric_alarm(f"{name}/errors"))
        alarms.append(
            composite_alarm(name, f"ALARM({name}/errors)", suppressor="callee/down", wait=120, extension=180)
        )
    played = Played(alarms)
    errors = [f"{name}/errors" for name in callers]
    heard = played.told(errors)  # the callers notice first
    for _ in range(5):
        heard += played.told(["callee/down", *errors])
    heard += played.told(errors)  # and recover last
    for _ in range(5):
        heard += played.told()
    assert heard == [("callee", "ALARM"), ("callee", "OK")]


def test_a_caller_with_a_trouble_of_its_own_is_heard_after_the_wait() -> None:
    """Nothing is swallowed for good."""
    played = Played(
        [metric_alarm("down"), metric_alarm("errors"),
         composite_alarm("caller", "ALARM(errors)", suppressor="down", wait=120, extension=180)]
    )  # fmt: skip
    assert [played.told(["errors"]) for _ in range(3)] == [[], [], [("caller", "ALARM")]]
    assert played.last.suppressed == {}


def test_alarms_in_a_circle_stay_as_they_are() -> None:
    """CloudWatch stops to evaluate them, and so does this."""
    played = Played([composite_alarm("a", "NOT ALARM(b)"), composite_alarm("b", "NOT ALARM(a)")])
    assert played.round().transitions == ()


def test_disabled_actions_tell_nobody() -> None:
    """The state changes all the same."""
    silent = metric_alarm("a", actions=type(TELLING)(topics=TELLING.topics, enabled=False))
    played = Played([silent])
    assert played.told(["a"]) == []
    assert played.verdicts["a"].state is RED
