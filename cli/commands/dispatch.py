"""`myelin dispatch`: ask for work, as a client of the platform does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import typer

from cli.command import command
from cli.deployment.status import find_address
from cli.errors import CliError, TimedOutError, UsageError
from cli.exit_codes import ExitCode
from cli.logs.correlation_id import check_correlation_id
from cli.options import env_flag
from cli.policies.identity import Prover
from cli.session import Session
from cli.terminal.output import note
from cli.terminal.program import program_name
from cli.worlds.world import World
from services.runtime.clients.client_proof import PROOF_HEADER, ClientRequest


@command(environment="argument")
def dispatch(
    session: Session,
    intent: Annotated[str, typer.Argument(metavar="INTENT", help="What is asked for: reason, erase, ...")],
    *,
    target: Annotated[str, typer.Option(help="The service to ask; by default the one declared.")] = "",
    tenant: Annotated[str, typer.Option(help="On whose behalf.")] = "",
    payload: Annotated[str, typer.Option(metavar="JSON", help="What to work on.")] = "",
    context: Annotated[str, typer.Option(metavar="JSON", help="Claims of the client, an object.")] = "",
    idempotency_key: Annotated[str, typer.Option(help="Names the deed: it is done once for it.")] = "",
    correlation_id: Annotated[
        str, typer.Option(help="Id of this call in all logs; by default a new one.")
    ] = "",
    token: Annotated[
        str,
        typer.Option(envvar="MYELIN_TOKEN", help="The client's token, where Orbit needs one."),
    ] = "",
    prove: Annotated[
        bool, typer.Option("--prove", help="Prove your IAM identity, where Orbit needs that.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the answer.")] = 30.0,
) -> None:
    """Ask for work, and show the decision.

    Goes through the load balancer to Orbit, as any client would. Exits 0 when it was done, 5 when
    governance denied it.

    Examples:

        myelin dispatch reason

        myelin dispatch erase

        myelin dispatch reason --tenant acme --json

        myelin dispatch reason --payload '{"input": "why"}'

        myelin dispatch reason --prove

        myelin dispatch reason --env dev
    """
    given = {"intent": intent, "target": target, "tenant": tenant}
    request: dict[str, Any] = {name: value for name, value in given.items() if value}
    for option, value in (("payload", payload), ("context", context)):
        if value:
            request[option] = _json(f"--{option}", value)
    if correlation_id:
        check_correlation_id(correlation_id)
    address = find_address(session.world)
    if not address:
        raise CliError(
            f"`{session.environment}` has no load balancer",
            hint="give a service an [ingress] and run `myelin up`",
        )
    headers = {"x-correlation-id": correlation_id, "idempotency-key": idempotency_key}
    headers["authorization"] = f"Bearer {token}" if token else ""
    body = json.dumps(request).encode()
    if prove:
        headers[PROOF_HEADER] = _proof(session.world, body)
    status, answer = _post(f"{address}/dispatch", body, headers, timeout)
    done = status == httpx.codes.OK
    session.write(
        {"status": status, **answer}, _done_lines(answer) if done else _problem_lines(status, answer)
    )
    if not done and answer.get("correlation_id") and not session.as_json:
        options = f"--correlation-id {answer['correlation_id']}{env_flag(session.environment)}"
        note(f"its log lines: {program_name()} logs {options}")
    raise typer.Exit(_exit_code(status, answer))


def _json(option: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"{option} is not JSON: {error}", hint='quote it for the shell: \'{"input": "why"}\''
        ) from error


def _proof(world: World, body: bytes) -> str:
    """The proof of who asks Orbit for this, with the credentials of the world."""
    region = world.environment.region
    account = world.actor().split(":")[4]
    prover = Prover(credentials=world.credentials, region=region, sts=world.client("sts").meta.endpoint_url)
    return prover.prove(
        ClientRequest(
            audience=f"{account}/{region}/{world.environment.name}/orbit",
            method="POST",
            path="/dispatch",
            query="",
            body=body,
        )
    ).encode()


def _post(url: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, dict[str, Any]]:
    headers = {name: value for name, value in headers.items() if value} | {"content-type": "application/json"}
    try:
        # a proxy of the shell's is not between this machine and itself; certificates take 0.1 s to load
        with httpx.Client(trust_env=False, verify=url.startswith("https:"), timeout=timeout) as client:
            response = client.post(url, content=body, headers=headers)
    except httpx.TimeoutException as error:
        raise TimedOutError(
            f"no answer from `{url}` within {timeout:g} s", hint="look at `myelin status` and `myelin logs`"
        ) from error
    except httpx.HTTPError as error:
        raise CliError(f"`{url}` cannot be reached: {error}", hint="look at `myelin status`") from error
    try:
        answer = response.json()
    except ValueError:
        answer = {"detail": response.text.strip()}
    return response.status_code, answer if isinstance(answer, dict) else {"detail": str(answer)}


def _done_lines(answer: dict[str, Any]) -> Iterator[str]:
    decision, latency = answer["decision"], answer["latency_ms"]
    yield f"allowed      {decision['reason']} ({decision['reason_code']})"
    yield f"result       {json.dumps(answer['result'], ensure_ascii=False)}"
    yield f"policy       version {str(decision['policy_version'])[:12]}, decided by {_policies(decision)}"
    yield f"correlation  {answer['correlation_id']}"
    parts = ", ".join(f"{name} {value:.1f} ms" for name, value in latency.items() if name != "total")
    yield f"latency      {latency['total']:.1f} ms ({parts})"


def _problem_lines(status: int, answer: dict[str, Any]) -> Iterator[str]:
    denied = "reason_code" in answer
    label = "denied" if denied else f"failed {status}"
    code = f" ({answer['reason_code']})" if denied else ""
    yield f"{label:<12} {answer.get('detail') or answer.get('title') or 'no reason was given'}{code}"
    if answer.get("policy_version"):
        yield f"policy       version {str(answer['policy_version'])[:12]}, decided by {_policies(answer)}"
    if answer.get("correlation_id"):
        yield f"correlation  {answer['correlation_id']}"


def _policies(decision: dict[str, Any]) -> str:
    return ", ".join(decision.get("policies") or ()) or "the default (deny)"


def _exit_code(status: int, answer: dict[str, Any]) -> ExitCode:
    if status == httpx.codes.OK:
        return ExitCode.OK
    if status == httpx.codes.FORBIDDEN and "reason_code" in answer:
        return ExitCode.DENIED
    return {400: ExitCode.USAGE, 504: ExitCode.TIMED_OUT}.get(status, ExitCode.FAILED)
