"""What `myelin dispatch` sends, shows, and exits with."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.worlds.world import Running
from services.runtime.clients.client_proof import read_proof
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world
from tests.support.worlds.sessions import use_world

Run = Callable[..., Result]
DECISION = {
    "reason": "it is declared",
    "reason_code": "permitted",
    "policy_version": "c" * 64,
    "policies": ["p"],
}
DONE = {
    "correlation_id": "c-1",
    "decision": DECISION,
    "result": {},
    "latency_ms": {"governance": 1.0, "target": 2.0, "total": 3.25},
}
DENIED = {"detail": "never", "reason_code": "forbidden", "policies": [], "correlation_id": "c-1"}


@dataclass
class LoadBalancer:
    """Answers as it is told, and keeps what it was asked."""

    status: int = 200
    answer: Any = field(default_factory=lambda: DONE)
    wait: threading.Event | None = None
    bodies: list[Any] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    proofs: list[str | None] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def balancer() -> Iterator[LoadBalancer]:
    """On a loopback port."""
    found = LoadBalancer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/dispatch"
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            found.ids.append(self.headers["x-correlation-id"])
            found.tokens.append(self.headers["authorization"])
            found.proofs.append(self.headers["x-myelin-identity"])
            if found.wait:
                found.wait.wait()
            payload = found.answer if isinstance(found.answer, bytes) else json.dumps(found.answer).encode()
            self.send_response(found.status)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet: the standard one writes to stderr."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        found.address = f"http://127.0.0.1:{server.server_port}"
        yield found
        if found.wait:
            found.wait.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def run(balancer: LoadBalancer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `myelin dispatch` in an environment behind the load balancer."""
    use_world(
        monkeypatch,
        lambda session: fake_world(
            tmp_path,
            session.environment,
            recorded=dict(OUTPUTS),
            state=Running(services=(), functions=(), address=balancer.address, started_at=""),
        ),
    )

    def runs(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["dispatch", *arguments, "--project", str(ROOT)])

    return runs


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ([], {}),
        (["--target", "axon"], {"target": "axon"}),
        (["--tenant", "acme"], {"tenant": "acme"}),
        (["--payload", '{"input": "why"}'], {"payload": {"input": "why"}}),
        (["--payload", "[1]"], {"payload": [1]}),
        (["--context", '{"purpose": "audit"}'], {"context": {"purpose": "audit"}}),
    ],
)
def test_every_option_is_in_the_request(
    run: Run, balancer: LoadBalancer, options: list[str], body: dict[str, Any]
) -> None:
    """What is not given is left out, so that the service decides."""
    assert run("reason", *options).exit_code == 0
    assert balancer.bodies == [{"intent": "reason", **body}]
    assert balancer.ids == [None]


def test_correlation_id_is_a_header(run: Run, balancer: LoadBalancer) -> None:
    """As any client would send it."""
    assert run("reason", "--correlation-id", "c-1").exit_code == 0
    assert balancer.ids == ["c-1"]


def test_a_token_is_the_client_s(run: Run, balancer: LoadBalancer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the option or the variable; none by default."""
    assert run("reason").exit_code == 0
    assert run("reason", "--token", "a.b.c").exit_code == 0
    monkeypatch.setenv("MYELIN_TOKEN", "d.e.f")
    assert run("reason").exit_code == 0
    assert balancer.tokens == [None, "Bearer a.b.c", "Bearer d.e.f"]


def test_a_proof_is_for_what_is_sent(run: Run, balancer: LoadBalancer) -> None:
    """`--prove` signs with the world's credentials; without it no identity is told."""
    assert run("reason").exit_code == 0
    assert run("reason", "--prove").exit_code == 0
    [nothing, proof] = balancer.proofs
    assert nothing is None
    assert read_proof(proof or "") is not None


def test_timeout_bounds_the_wait(run: Run, balancer: LoadBalancer) -> None:
    """No answer in time exits with 8."""
    balancer.wait = threading.Event()
    ran = run("reason", "--timeout", "0.1")
    assert ran.exit_code == 8
    assert ran.stderr.startswith(f"error: no answer from `{balancer.address}/dispatch` within 0.1 s\n")


def test_done_work_is_shown_with_its_result(run: Run, balancer: LoadBalancer) -> None:
    """The result of the work is a line of JSON, whatever the target answers."""
    assert run("reason").stdout.splitlines() == [
        "allowed      it is declared (permitted)",
        "result       {}",
        "policy       version cccccccccccc, decided by p",
        "correlation  c-1",
        "latency      3.2 ms (governance 1.0 ms, target 2.0 ms)",
    ]
    balancer.answer = {**DONE, "result": {"conclusion": "größer"}}
    assert run("reason").stdout.splitlines()[1] == 'result       {"conclusion": "größer"}'
    assert json.loads(run("reason", "--json").stdout) == {"status": 200, **balancer.answer}


@pytest.mark.parametrize(
    ("status", "answer", "code", "line"),
    [
        (403, DENIED, 5, "denied       never (forbidden)"),
        (403, {"title": "Forbidden"}, 1, "failed 403   Forbidden"),
        (400, {"detail": "no such intent"}, 2, "failed 400   no such intent"),
        (504, {}, 8, "failed 504   no reason was given"),
        (502, b"bad gateway\n", 1, "failed 502   bad gateway"),
        (500, b"[1]", 1, "failed 500   [1]"),
    ],
)
def test_problems_have_their_exit_code(
    run: Run, balancer: LoadBalancer, status: int, answer: Any, code: int, line: str
) -> None:
    """Whatever the answer is made of, its reason is shown."""
    balancer.status, balancer.answer = status, answer
    ran = run("erase")
    assert (ran.exit_code, ran.stdout.splitlines()[0]) == (code, line)


def test_denial_says_where_its_log_lines_are(run: Run, balancer: LoadBalancer) -> None:
    """As a command that can be copied, with the environment; not with --json."""
    balancer.status, balancer.answer = 403, DENIED
    ran = run("erase", "dev")
    assert ran.stderr.startswith("its log lines: ")
    assert ran.stderr.endswith("myelin logs --correlation-id c-1 --env dev\n")
    assert run("erase", "--json").stderr == ""


def test_environment_without_a_load_balancer(run: Run, balancer: LoadBalancer) -> None:
    """There is nobody to ask, and what is missing is said."""
    balancer.address = ""
    ran = run("reason", "dev")
    assert ran.exit_code == 1
    assert ran.stderr.startswith("error: `dev` has no load balancer\n")
