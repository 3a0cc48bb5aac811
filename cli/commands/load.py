"""`myelin load`: ask for work many times at once, and measure."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.command import command
from cli.commands.fault import read_time
from cli.deployment.status import find_address
from cli.errors import CliError, UsageError
from cli.exit_codes import ExitCode
from cli.loading.answers import Answered, LoadReport
from cli.loading.view import watched
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.output import note


@command(environment="option")
def load(
    session: Session,
    intent: Annotated[str, typer.Argument(metavar="INTENT", help="What is asked for: reason, ...")],
    *,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Clients at once.")] = 20,
    requests: Annotated[int, typer.Option(min=1, max=1_000_000, help="Requests in all.")] = 1000,
    seconds: Annotated[
        str, typer.Option("--for", metavar="TIME", help="End after this time, whatever is left: 30s, 5m.")
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="A tenant of its own for each request: each is decided anew.")
    ] = False,
    target: Annotated[str, typer.Option(help="The service to ask; by default the one declared.")] = "",
    tenant: Annotated[str, typer.Option(help="On whose behalf.")] = "",
    payload: Annotated[str, typer.Option(metavar="JSON", help="What to work on.")] = "",
    token: Annotated[
        str, typer.Option(envvar="MYELIN_TOKEN", help="The clients' token, where Orbit needs one.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each answer.")] = 30.0,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report with plots as a page, too.")
    ] = None,
) -> None:
    """Ask for work many times at once, and measure.

    Goes through the load balancer to Orbit, as any client would. A client that is told 503 with Retry-After
    comes back with the same request. Shows how the requests ended, how many a second were done, and how long
    they took; with --html also as a page with plots. Ctrl-C ends it and reports what there is. Exits 0 when
    all were done, 5 when governance denied each that was not, else 1.

    Examples:

        myelin load reason

        myelin load reason --concurrency 100 --requests 20000 --html load.html

        myelin load reason --fresh --for 30s --json
    """
    if fresh and tenant:
        raise UsageError("--fresh makes up the tenants", hint="leave --tenant or --fresh out")
    if fresh and token:
        raise UsageError("--fresh makes up tenants, and a token says its own", hint="leave one of them out")
    body: dict[str, Any] = {"intent": intent}
    body |= {name: value for name, value in (("target", target), ("tenant", tenant)) if value}
    if payload:
        body["payload"] = _json(payload)
    limit = read_time("--for", seconds) if seconds else None
    if html is not None and not html.parent.is_dir():
        raise UsageError(f"--html `{html}`: there is no folder `{html.parent}`", hint="make it first")
    address = find_address(session.world)
    if not address:
        raise CliError(
            f"`{session.environment}` has no load balancer",
            hint="give a service an [ingress] and run `myelin up`",
        )
    # aiohttp takes 0.2 s to import, which help and completion do not spend
    from cli.loading.clients import Load, run  # noqa: PLC0415

    wanted = Load(
        url=f"{address}/dispatch",
        body=body,
        requests=requests,
        concurrency=concurrency,
        seconds=limit,
        timeout=timeout,
        fresh=fresh,
        token=token,
    )
    answers: list[Answered] = []
    with watched(requests, quiet=session.as_json) as shown:

        def heard(answered: Answered) -> None:
            answers.append(answered)
            shown(answered)

        def work(cancelled: threading.Event) -> float:
            return asyncio.run(run(wanted, heard, stopping=cancelled.is_set))

        took = interruptible(work)
    report = LoadReport(concurrency=concurrency, seconds=took, answers=answers)
    session.write(report.document(), report.lines())
    if html is not None:
        from cli.loading.page import page  # noqa: PLC0415

        title = f"{intent}: {len(answers)} requests by {concurrency} clients"
        html.write_text(page(report, title=title), encoding="utf-8")
        note(f"the page is {html}")
    raise typer.Exit(_exit_code(report))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"--payload is not JSON: {error}", hint='quote it for the shell: \'{"input": "why"}\''
        ) from error


def _exit_code(report: LoadReport) -> ExitCode:
    if report.done == len(report.answers):
        return ExitCode.OK
    return ExitCode.DENIED if report.done + report.denied == len(report.answers) else ExitCode.FAILED
