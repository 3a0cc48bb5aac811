"""`myelin policy explain`: why a call is allowed or denied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.command import command
from cli.errors import UsageError
from cli.policies.reference import read_named_set, read_project_set
from cli.session import Session
from cli.terminal.styling import style
from policies.calls.rehearsing.explain import DecisionExplanation, PolicyEvaluation, explain_decision


@command(environment="argument")
def explain(
    session: Session,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Who asks.")],
    intent: Annotated[str, typer.Argument(metavar="INTENT", help="What for: reason, erase, ...")],
    *,
    target: Annotated[str, typer.Option(help="Whom; by default the service declared.")] = "",
    tenant: Annotated[str, typer.Option(help="On whose behalf.")] = "",
    context: Annotated[str, typer.Option(metavar="JSON", help="What the caller says: a JSON object.")] = "",
    unproven: Annotated[
        bool, typer.Option("--unproven", help="Tenant and context are an unknown client's.")
    ] = False,
    at: Annotated[str, typer.Option(metavar="TIME", help="When, in ISO 8601; by default now.")] = "",
    in_set: Annotated[
        str,
        typer.Option("--in", metavar="SET", help="A folder, a version, or `current`.", show_default=False),
    ] = "",
    policy: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Explain this policy, whatever it is about.")
    ] = None,
) -> None:
    """Show why a call is allowed or denied.

    Which policies applied, and of the others what was in the way: whom they are about, or the part of the
    condition that did not hold. Asks the project's files unless `--in` names another set. Exits 0 whatever
    the decision.

    Examples:

        myelin policy explain orbit reason

        myelin policy explain orbit erase --in current

        myelin policy explain orbit reason --tenant acme --at 2026-11-22T23:00:00Z --json
    """
    asked = {"service": service, "intent": intent, "target": target, "tenant": tenant}
    event: dict[str, Any] = {name: value for name, value in asked.items() if value}
    if context:
        event["context"] = _parse_object(context)
    if unproven:
        event["unproven"] = True
    moment = _parse_time(at) if at else datetime.now(UTC)
    environment = session.environment
    chosen = read_named_set(session, in_set) if in_set else read_project_set(session.project)
    told = explain_decision(chosen.rehearsal, event, at=moment, environment=environment, also=policy or ())
    _require_known(policy or (), told, chosen.label)
    session.write({"set": chosen.label, **_document(told)}, _lines(told))


def _require_known(asked: Iterable[str], told: DecisionExplanation, label: str) -> None:
    """Raise UsageError for a policy that was asked about and is not in the set."""
    known = {evaluation.rule.id for evaluation in told.evaluations}
    for name in asked:
        if name not in known:
            raise UsageError(
                f"`--policy {name}`: no such policy in {label}",
                hint="`myelin policy list` names those there are",
            )


def _lines(told: DecisionExplanation) -> Iterator[str]:
    answer = told.answer
    word = style("allowed", fg="green") if answer.allowed else style("denied", fg="red")
    yield f"{word}: {answer.reason} ({answer.reason_code.value})"
    for error in answer.errors:
        yield f"  {error}"
    for evaluation in told.evaluations:
        yield f"  {evaluation.state:<9} {evaluation.rule.effect} {evaluation.rule.id}: {evaluation.detail}"
        for name, value in (evaluation.term.values if evaluation.term else {}).items():
            yield f"            {name} is {'absent' if value is None else json.dumps(value)}"
    if told.elsewhere:
        yield f"  {told.elsewhere} more are about other services or intents"
    if told.skipped:
        yield f"  {told.skipped} more were not looked into; name one with --policy"


def _document(told: DecisionExplanation) -> dict[str, Any]:
    return {
        "answer": told.answer.model_dump(mode="json", exclude={"decision_id", "correlation_id"}),
        "policies": [_evaluation_document(evaluation) for evaluation in told.evaluations],
        "elsewhere": told.elsewhere,
        "skipped": told.skipped,
    }


def _evaluation_document(evaluation: PolicyEvaluation) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": evaluation.rule.id,
        "effect": evaluation.rule.effect,
        "state": evaluation.state,
        "detail": evaluation.detail,
    }
    if evaluation.term is not None:
        document["term"] = {
            "kind": evaluation.term.term.kind,
            "text": evaluation.term.term.text,
            "outcome": evaluation.term.outcome,
            "values": dict(evaluation.term.values),
        }
    return document


def _parse_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"--context is not JSON: {error}", hint="""write an object, such as '{"purpose": "audit"}'"""
        ) from error
    if not isinstance(found, dict):
        raise UsageError(
            "--context is not a JSON object", hint="""write an object, such as '{"purpose": "audit"}'"""
        )
    return found


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--at `{text}` is not a time", hint="write it in ISO 8601, such as 2026-11-22T23:00:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
