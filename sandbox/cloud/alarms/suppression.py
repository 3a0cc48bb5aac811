"""When the actions of a composite alarm with a suppressor are performed. Pure.

While the suppressor is red they wait, and for a while around that: a wait period after the alarm has turned
red, in which the suppressor may follow, and an extension period after the suppressor has left, in which the
alarm may. What is performed then is the action of the state that the alarm is in by then; a state that came
and went meanwhile is told to nobody.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.cloud.alarms.definitions import AlarmState


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionMemory:
    """The state whose actions were performed last, and when something last changed; seconds.

    `turned` is when the alarm entered its state, `released` when the suppressor was last seen red.
    """

    told: AlarmState
    state: AlarmState
    turned: float
    released: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep:
    """What follows: whether to perform the actions of the present state, or what keeps them."""

    memory: ActionMemory
    perform: bool
    suppressed_by: str = ""


def step(
    memory: ActionMemory,
    *,
    state: AlarmState,
    suppressor: AlarmState | None,
    now: float,
    wait: float,
    extension: float,
) -> ActionStep:
    """The next step at `now`; `suppressor` is None for an alarm that has none."""
    if state is not memory.state:
        memory = replace(memory, state=state, turned=now)
    if suppressor is AlarmState.ALARM:
        memory = replace(memory, released=now)
    if memory.told is state:
        return ActionStep(memory=memory, perform=False)
    held = _held(memory, suppressor, now, wait, extension)
    if held:
        return ActionStep(memory=memory, perform=False, suppressed_by=held)
    return ActionStep(memory=replace(memory, told=state), perform=True)


def _held(
    memory: ActionMemory, suppressor: AlarmState | None, now: float, wait: float, extension: float
) -> str:
    if suppressor is None:
        return ""
    if suppressor is AlarmState.ALARM:
        return "Alarm"
    if memory.released is not None and now - memory.released < extension:
        return "ExtensionPeriod"
    if memory.state is AlarmState.ALARM and now - memory.turned < wait:
        return "WaitPeriod"
    return ""
