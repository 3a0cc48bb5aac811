"""`myelin dispatch`: ask for work, as a client of the platform does."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.errors import CliError, TimedOutError
from cli.exit_codes import ExitCode
from cli.options import (
    EnvironmentArgument,
    EnvironmentOption,
    JsonOption,
    ProjectOption,
    check_correlation_id,
    chosen_environment,
    env_flag,
)
from cli.project import find_project
from cli.terminal.output import note, print_json, reported, say


def dispatch(
    intent: Annotated[str, typer.Argument(metavar="INTENT", help="What is asked for: reason, erase, ...")],
    environment: EnvironmentArgument = None,
    *,
    target: Annotated[str, typer.Option(help="The service to ask; by default the one declared.")] = "",
    tenant: Annotated[str, typer.Option(help="On whose behalf.")] = "",
    text: Annotated[str, typer.Option("--input", help="What to work on.")] = "",
    correlation_id: Annotated[
        str, typer.Option(help="Id of this call in all logs; by default a new one.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the answer.")] = 30.0,
    env: EnvironmentOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for work, and show the decision.

    Goes through the load balancer to Orbit, as any client would. Exits 0 when it was done, 5 when
    governance denied it.

    Examples:

        myelin dispatch reason

        myelin dispatch erase

        myelin dispatch reason --tenant acme --json

        myelin dispatch reason --env dev
    """
    # only a run pays for what it imports
    from cli.deployment.inputs import read_region  # noqa: PLC0415
    from cli.deployment.status import find_address  # noqa: PLC0415
    from cli.worlds.sandbox import attach  # noqa: PLC0415

    given = {"intent": intent, "target": target, "tenant": tenant, "input": text}
    body = {name: value for name, value in given.items() if value}
    with reported(as_json=as_json):
        if correlation_id:
            check_correlation_id(correlation_id)
        found, wanted = find_project(directory=project), chosen_environment(environment, env)
        address = find_address(attach(found, region=read_region(found, wanted)), wanted)
        if not address:
            raise CliError(
                f"`{wanted}` has no load balancer", hint="give a service an [ingress] and run `myelin up`"
            )
        status, answer = _post(f"{address}/dispatch", body, correlation_id, timeout)
        if as_json:
            print_json({"status": status, **answer})
        elif status == 200:
            _show_done(answer)
        else:
            _show_problem(status, answer, wanted)
        raise typer.Exit(_exit_code(status, answer))


def _post(url: str, body: dict[str, str], correlation_id: str, timeout: float) -> tuple[int, dict[str, Any]]:
    import httpx  # noqa: PLC0415 - costs time to import

    headers = {"x-correlation-id": correlation_id} if correlation_id else {}
    try:
        # a proxy of the shell's is not between this machine and itself; certificates take 0.1 s to load
        with httpx.Client(trust_env=False, verify=url.startswith("https:"), timeout=timeout) as client:
            response = client.post(url, json=body, headers=headers)
    except httpx.TimeoutException as error:
        raise TimedOutError(
            f"no answer from `{url}` within {timeout:g} s", hint="look at `myelin status` and `myelin logs`"
        ) from error
    except httpx.HTTPError as error:
        raise CliError(f"`{url}` can not be reached: {error}", hint="look at `myelin status`") from error
    try:
        answer = response.json()
    except ValueError:
        answer = {"detail": response.text.strip()}
    return response.status_code, answer if isinstance(answer, dict) else {"detail": str(answer)}


def _show_done(answer: dict[str, Any]) -> None:
    decision, heartbeat, latency = answer["decision"], answer["heartbeat"], answer["latency_ms"]
    say(f"allowed      {decision['reason']} ({decision['reason_code']})")
    if heartbeat:
        beat = f"{heartbeat['service']} #{heartbeat['sequence']} {heartbeat['status']}"
        say(f"heartbeat    {beat} at {heartbeat['at']}")
    say(f"policy       version {str(decision['policy_version'])[:12]}, decided by {_listed(decision)}")
    say(f"correlation  {answer['correlation_id']}")
    parts = ", ".join(f"{name} {value:.1f} ms" for name, value in latency.items() if name != "total")
    say(f"latency      {latency['total']:.1f} ms ({parts})")


def _show_problem(status: int, answer: dict[str, Any], environment: str) -> None:
    denied = "reason_code" in answer
    label = "denied" if denied else f"failed {status}"
    code = f" ({answer['reason_code']})" if denied else ""
    say(f"{label:<12} {answer.get('detail') or answer.get('title') or 'no reason was given'}{code}")
    if answer.get("policy_version"):
        say(f"policy       version {str(answer['policy_version'])[:12]}, decided by {_listed(answer)}")
    if answer.get("correlation_id"):
        say(f"correlation  {answer['correlation_id']}")
        command = f"myelin logs --correlation-id {answer['correlation_id']}{env_flag(environment)}"
        note(f"its log lines: {command}")


def _listed(decision: dict[str, Any]) -> str:
    return ", ".join(decision.get("policies") or ()) or "the default (deny)"


def _exit_code(status: int, answer: dict[str, Any]) -> ExitCode:
    if status == 200:
        return ExitCode.OK
    if status == 403 and "reason_code" in answer:
        return ExitCode.DENIED
    return {400: ExitCode.USAGE, 504: ExitCode.TIMED_OUT}.get(status, ExitCode.FAILED)
