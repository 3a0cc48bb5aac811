"""`myelin fault`: have something be slow or fail for a while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.session import Session
from cli.worlds.world import Ability, require_ability


@command(environment="option", dry_run="Say what would be played, and play nothing.")
def fault(
    session: Session,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="A service, or governance, dynamodb, secrets.")
    ],
    *,
    latency: Annotated[str, typer.Option(metavar="TIME", help="Each request waits so long: 500ms, 2s.")] = "",
    errors: Annotated[str, typer.Option(metavar="SHARE", help="So many requests fail: 30%.")] = "",
    throttle: Annotated[str, typer.Option(metavar="SHARE", help="So many are throttled: 50%.")] = "",
    down: Annotated[bool, typer.Option("--down", help="Nothing is reached.")] = False,
    seconds: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long; it then ends by itself.")
    ] = "30s",
    end: Annotated[bool, typer.Option("--end", help="End the fault that is on now.")] = False,
) -> None:
    """Have something be slow or fail for a while.

    A service, governance, DynamoDB or Secrets Manager. Faults of a service are played on the way to its
    tasks, which run on; the others at the emulated AWS, for what tasks and functions ask, so that your own
    commands go on working. `myelin status` shows what is on. `dynamodb` and `secrets` are those of all
    environments of the sandbox.

    Examples:

        myelin fault orbit --latency 2s --for 10s

        myelin fault orbit --errors 30%

        myelin fault governance --down --for 1m

        myelin fault dynamodb --throttle 50%

        myelin fault orbit --end
    """
    require_ability(session.world, Ability.PLAY_FAULTS)
    given: Mapping[str, Any] = {
        "latency": read_time("--latency", latency) if latency else 0,
        "errors": read_share("--errors", errors) if errors else 0,
        "throttle": read_share("--throttle", throttle) if throttle else 0,
        "down": down,
    }
    wrong = {name: value for name, value in given.items() if value}
    if end:
        _end(session, target, wrong)
        return
    if not wrong:
        raise UsageError(
            "nothing would be wrong", hint="give one of --latency, --errors, --throttle, --down, or --end"
        )
    lasting = read_time("--for", seconds)
    if session.dry_run:
        session.write({"target": target, "seconds": lasting, **wrong}, [f"would be played on {target}"])
        return
    session.world.begin_fault({"target": target, "seconds": lasting, **wrong})
    session.write(
        {"target": target, "seconds": lasting, **wrong},
        [f"{target} has a fault for {lasting:g} s; `myelin status` shows it"],
    )


def _end(session: Session, target: str, wrong: Mapping[str, Any]) -> None:
    if wrong:
        raise UsageError("--end begins no fault", hint="leave the other options out")
    ended = False if session.dry_run else session.world.end_fault(target)
    said = f"the fault of {target} has ended" if ended else f"{target} had no fault"
    session.write({"target": target, "ended": ended}, [said])


def read_time(option: str, text: str) -> float:
    """Read `500ms`, `2s` or `1m` as seconds; raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)", text)
    if found is None:
        raise UsageError(
            f"{option} `{text}` is not a time", hint="write a number and ms, s or m, such as 500ms"
        )
    return float(found[1]) * {"ms": 0.001, "s": 1, "m": 60}[found[2]]


def read_share(option: str, text: str) -> float:
    """Read `30%` as 0.3; raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)%", text)
    if found is None or not 0 < float(found[1]) <= 100:
        raise UsageError(f"{option} `{text}` is not a share", hint="write a percentage, such as 30%")
    return float(found[1]) / 100
