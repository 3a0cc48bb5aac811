"""One evaluation of all alarms: the states that change, and what is told to whom. Pure.

Metric alarms come first, then composite ones, each after those that its rule names. Composite alarms that
name each other in a circle stay as they are, as CloudWatch stops to evaluate them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.cloud.alarms.definitions import Alarm, AlarmState, AlarmVerdict, CompositeAlarm, MetricAlarm
from sandbox.cloud.alarms.evaluation import evaluate
from sandbox.cloud.alarms.rules import RuleError, parse_rule
from sandbox.cloud.alarms.suppression import ActionMemory, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """An alarm that changes its state."""

    name: str
    old: AlarmState
    verdict: AlarmVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Topics that hear that an alarm is in a state, which it was not when they last heard."""

    name: str
    old: AlarmState
    verdict: AlarmVerdict
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What follows from one evaluation; `suppressed` says by what an alarm's actions are kept."""

    transitions: tuple[Transition, ...] = ()
    told: tuple[Told, ...] = ()
    memories: Mapping[str, ActionMemory] = field(default_factory=dict)
    suppressed: Mapping[str, str] = field(default_factory=dict)


def evaluate_alarms(
    alarms: Iterable[Alarm],
    current: Mapping[str, AlarmVerdict],
    memories: Mapping[str, ActionMemory],
    values: Callable[[MetricAlarm], list[float | None]],
    now: float,
) -> Round:
    """Evaluate all alarms at `now`: seconds in which a period of 60 is 60."""
    listed = list(alarms)
    verdicts = dict(current)
    for alarm in listed:
        if isinstance(alarm, MetricAlarm):
            verdicts[alarm.name] = evaluate(alarm, values(alarm), current[alarm.name].state)
    for composite in _children_first([one for one in listed if isinstance(one, CompositeAlarm)]):
        verdicts[composite.name] = _composite_verdict(composite, verdicts, current[composite.name])
    return _actions(listed, current, verdicts, memories, now)


def _children_first(alarms: list[CompositeAlarm]) -> list[CompositeAlarm]:
    children = {alarm.name: set(_children(alarm)) for alarm in alarms}
    waiting = {alarm.name: alarm for alarm in alarms}
    ordered: list[CompositeAlarm] = []
    while ready := [name for name in waiting if not children[name] & waiting.keys()]:
        ordered.extend(waiting.pop(name) for name in ready)
    return ordered


def _children(alarm: CompositeAlarm) -> tuple[str, ...]:
    try:
        return parse_rule(alarm.rule).children
    except RuleError:
        return ()


def _composite_verdict(
    alarm: CompositeAlarm, verdicts: Mapping[str, AlarmVerdict], current: AlarmVerdict
) -> AlarmVerdict:
    try:
        rule = parse_rule(alarm.rule)
    except RuleError as error:
        return AlarmVerdict(state=current.state, reason=f"the rule is not evaluated: {error}")
    states = {name: verdict.state for name, verdict in verdicts.items()}
    state = AlarmState.ALARM if rule.holds(states) else AlarmState.OK
    if state is AlarmState.OK:
        return AlarmVerdict(state=state, reason="the rule does not hold")
    causes = [name for name in rule.children if states.get(name) is AlarmState.ALARM]
    return AlarmVerdict(
        state=state, reason=f"red below it: {', '.join(causes)}" if causes else "the rule holds"
    )


def _actions(
    alarms: list[Alarm],
    current: Mapping[str, AlarmVerdict],
    verdicts: Mapping[str, AlarmVerdict],
    memories: Mapping[str, ActionMemory],
    now: float,
) -> Round:
    transitions, told = [], []
    kept: dict[str, ActionMemory] = {}
    suppressed: dict[str, str] = {}
    for alarm in alarms:
        old, new = current[alarm.name], verdicts[alarm.name]
        if new.state is not old.state:
            transitions.append(Transition(name=alarm.name, old=old.state, verdict=new))
        memory = memories.get(alarm.name) or ActionMemory(told=old.state, state=old.state, turned=now)
        suppressor, wait, extension = _suppressor(alarm, verdicts)
        found = step(memory, state=new.state, suppressor=suppressor, now=now, wait=wait, extension=extension)
        kept[alarm.name] = found.memory
        if found.suppressed_by:
            suppressed[alarm.name] = found.suppressed_by
        topics = alarm.actions.topics.get(new.state, ()) if alarm.actions.enabled else ()
        if found.perform and topics:
            told.append(Told(name=alarm.name, old=memory.told, verdict=new, topics=topics))
    return Round(transitions=tuple(transitions), told=tuple(told), memories=kept, suppressed=suppressed)


def _suppressor(alarm: Alarm, verdicts: Mapping[str, AlarmVerdict]) -> tuple[AlarmState | None, float, float]:
    if not isinstance(alarm, CompositeAlarm) or alarm.suppressor is None:
        return None, 0, 0
    found = verdicts.get(alarm.suppressor)
    return (found.state if found else AlarmState.OK), alarm.wait, alarm.extension
