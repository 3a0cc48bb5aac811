"""`myelin policy replay`: what recorded decisions would have been by another policy set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import CliError, UsageError
from cli.exit_codes import ExitCode
from cli.logs.reader import find_decision_log, parse_duration, read_lines
from cli.policies.diff_view import answer_document, outcome
from cli.policies.reference import read_named_set, read_project_set
from cli.session import Session
from cli.terminal.styling import style
from policies.calls.rehearsing import replay as replaying
from policies.calls.rehearsing.recorded import is_decision, read_recorded
from policies.calls.rehearsing.replay import Flip, Replay

DEFAULT_SINCE = "24h"


@command(environment="argument")
def replay(
    session: Session,
    *,
    draft: Annotated[
        str,
        typer.Option(
            metavar="SET",
            help="A folder, a version or `current`; by default the project's files.",
            show_default=False,
        ),
    ] = "",
    since: Annotated[
        str | None, typer.Option(help="How far back: 90s, 15m, 24h, 7d.", show_default=DEFAULT_SINCE)
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Read the decisions from a file of JSON lines.", exists=True, dir_okay=False
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most this many questions that flip.")] = 50,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when a decision flips.")] = False,
) -> None:
    """Show what recorded decisions would have been by another policy set.

    Reads the decisions from the log of the governance function and asks the set what was asked then, at that
    time. Counts and lists those that flip. Decisions whose masked values the set looks at are counted, not
    guessed.

    Examples:

        myelin policy replay --since 24h --draft drafts

        myelin policy replay --since 7d --exit-code

        myelin policy replay --log decisions.jsonl --draft drafts --json
    """
    if log and since:
        raise UsageError("`--log` and `--since` exclude each other", hint="a file is read from end to end")
    seconds = parse_duration(since or DEFAULT_SINCE)
    environment = session.environment
    chosen = read_named_set(session, draft) if draft else read_project_set(session.project)
    lines = _read_file(log) if log else _read_log(session, seconds)
    records = (read_recorded(line, environment=environment) for line in lines if is_decision(line))
    result = replaying.replay(records, chosen.rehearsal)
    session.write({"set": chosen.label, **_document(result, limit)}, _lines(result, limit))
    if result.flips and exit_code:
        raise typer.Exit(ExitCode.FINDINGS)


def _read_log(session: Session, seconds: float) -> Iterator[dict[str, Any]]:
    group = find_decision_log(session.world)
    for line in read_lines(session.world.client("logs"), (group,), seconds=seconds):
        yield {"timestamp": line.timestamp, **line.record}


def _read_file(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file with one on each line, as `myelin logs` or an export has them."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"`{path}` cannot be read: {error}", hint="name a file of JSON lines") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise CliError(
                f"{path}:{number}: not a JSON value: {error}", hint="write one object a line"
            ) from error
        if isinstance(value, dict):
            yield value


def _lines(result: Replay, limit: int) -> Iterator[str]:
    for flip in result.flips[:limit]:
        mark = style("opens ", fg="red") if flip.opens else style("closes", fg="yellow")
        record = flip.example
        word = "allowed" if record.allowed else "denied"
        was = f"{word} by {', '.join(record.policies) or record.reason_code}"
        yield f"{mark} {_format_question(flip)}: {was} → {outcome(flip.after)} ({flip.count} times)"
    if len(result.flips) > limit:
        yield f"       and {len(result.flips) - limit} more questions; --limit lists them"
    skipped = "".join(f", {count} {why}" for why, count in sorted(result.skipped.items()))
    yield f"{result.decisions} decisions: {result.same} the same, {result.flipped} flip{skipped}"


def _format_question(flip: Flip) -> str:
    event = flip.example.event
    more = [
        f"{name} = {json.dumps(event[name])}" for name in ("tenant", "context", "unproven") if name in event
    ]
    asked = f"`{event.get('service')}` {event.get('intent')} `{event.get('target')}`"
    return f"{asked} with {', '.join(more)}" if more else asked


def _document(result: Replay, limit: int) -> dict[str, Any]:
    return {
        "decisions": result.decisions,
        "same": result.same,
        "flipped": result.flipped,
        "skipped": dict(result.skipped),
        "versions": result.versions,
        "flips": [_flip_document(flip) for flip in result.flips[:limit]],
        "questions": len(result.flips),
    }


def _flip_document(flip: Flip) -> dict[str, Any]:
    record = flip.example
    return {
        "change": "opens" if flip.opens else "closes",
        "count": flip.count,
        "request": dict(record.event),
        "example": {
            "decision_id": record.decision_id,
            "at": record.at.isoformat(),
            "version": record.version,
        },
        "before": {
            "allowed": record.allowed,
            "reason_code": record.reason_code,
            "policies": list(record.policies),
        },
        "after": answer_document(flip.after),
    }
