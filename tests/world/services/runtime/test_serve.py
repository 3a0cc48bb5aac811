from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from services.runtime import serve
from services.runtime.errors import ServiceError
from tests.support.services.processes import HTTP, StartService

SLOW = "tests.support.services.slow_app:create_app"
ENVIRON = {"MYELIN_SERVICE": "slow"}
SURROUNDINGS = {"MYELIN_ENVIRONMENT": "test", "MYELIN_VERSION": "1", "AWS_REGION": "r"}


def refused(url: str) -> bool:
    """Whether `url` takes no connections any more, within five seconds."""
    address = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            return True
    return False


def test_a_request_in_flight_survives_the_stop(start_service: StartService, tmp_path: Path) -> None:
    """SIGTERM: no new connections, the request in flight is answered, the process exits 0 (AXN-1, ORB-1)."""
    go_on = tmp_path / "go-on"
    process = start_service(SLOW, {**ENVIRON, "GO_ON": str(go_on)})
    answers: list[httpx.Response] = []
    client = threading.Thread(target=lambda: answers.append(HTTP.get(f"{process.url}/slow")))
    client.start()
    process.wait_for("slow begun")

    process.popen.send_signal(signal.SIGTERM)
    line = process.wait_for("draining")
    assert refused(process.url)
    assert process.popen.poll() is None
    go_on.touch()
    client.join(20)

    assert (answers[0].status_code, answers[0].text) == (200, "done")
    assert process.popen.wait(10) == 0
    assert (line["signal"], line["in_flight"]) == ("SIGTERM", 1)
    messages = [each["message"] for each in process.lines()]
    assert messages.index("service ready") < messages.index("request answered") < messages.index("closed")
    assert messages.index("closed") < messages.index("service stopped")


def test_a_second_signal_ends_it_at_once(start_service: StartService, tmp_path: Path) -> None:
    """Told twice, the process does not wait for requests in flight: their connections are broken."""
    process = start_service(SLOW, {**ENVIRON, "GO_ON": str(tmp_path / "never")})

    def ask() -> None:
        with contextlib.suppress(httpx.TransportError):
            answers.append(HTTP.get(f"{process.url}/slow"))

    answers: list[httpx.Response] = []
    client = threading.Thread(target=ask)
    client.start()
    process.wait_for("slow begun")
    process.popen.send_signal(signal.SIGTERM)
    process.wait_for("draining")
    process.popen.send_signal(signal.SIGTERM)

    process.popen.wait(10)
    client.join(10)
    assert not client.is_alive()
    assert answers == []


def test_every_line_of_a_process_is_json(start_service: StartService) -> None:
    """From start to stop, the server's own lines included, each line is JSON with its keys (OBS-2)."""
    process = start_service(SLOW, ENVIRON)
    HTTP.get(f"{process.url}/missing", headers={"x-correlation-id": "abc"})
    process.popen.terminate()
    assert process.popen.wait(10) == 0

    for line in process.lines():
        assert {"timestamp", "level", "service", "message"} <= set(line)
        assert line["service"] == "slow"
    (answered,) = [line for line in process.lines() if line["message"] == "request answered"]
    assert (answered["correlation_id"], answered["status"], answered["path"]) == ("abc", 404, "/missing")


def test_a_process_that_never_becomes_ready_ends(start_service: StartService) -> None:
    """It tries for the time it has, then exits 1 with one clear line and no traceback (AXN-1)."""
    process = start_service(
        SLOW, {**ENVIRON, "NEVER_READY": "1", "START_TIMEOUT_SECONDS": "0.5"}, ready=False
    )

    assert process.popen.wait(20) == 1
    (line,) = [line for line in process.lines() if line["level"] == "critical"]
    assert line["message"] == "service cannot start"
    assert line["problem"] == "secret `arn:secret` could not be read: AccessDeniedException"
    assert line["hint"]
    assert "not ready yet" in [each["message"] for each in process.lines()]
    assert "Traceback" not in process.log.read_text()


def test_told_to_stop_before_it_is_ready_it_stops(start_service: StartService) -> None:
    """SIGTERM during the start ends it soon, not at the end of the time to start."""
    process = start_service(SLOW, {**ENVIRON, "NEVER_READY": "1", "START_TIMEOUT_SECONDS": "60"}, ready=False)
    process.wait_for("not ready yet")
    process.popen.terminate()

    assert process.popen.wait(10) == 1


@pytest.mark.parametrize(
    ("factory", "environ", "problem"),
    [
        (
            None,
            {"MYELIN_SERVICE": ""},
            "environment variable `MYELIN_SERVICE` is not set, and no APP_FACTORY",
        ),
        (None, {"MYELIN_SERVICE": "nowhere"}, "`services.nowhere.app:service` names no application"),
        (SLOW, {"MYELIN_SERVICE": ""}, "environment variable `MYELIN_SERVICE` is not set"),
        (SLOW, {**ENVIRON, "MYELIN_VERSION": ""}, "environment variable `MYELIN_VERSION` is not set"),
        ("services.nowhere:create_app", ENVIRON, "`services.nowhere:create_app` names no application"),
    ],
)
def test_a_wrong_start_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    factory: str | None,
    environ: dict[str, str],
    problem: str,
) -> None:
    """Wrong settings or a wrong factory: one line that says so, exit code 1, no traceback."""
    for name, value in {**SURROUNDINGS, **environ}.items():
        monkeypatch.setenv(name, value)
    named = [] if factory is None else [factory]
    assert serve.main([*named, "--host", "127.0.0.1"]) == 1
    (text,) = "".join(capfd.readouterr()).splitlines()
    line = json.loads(text)
    assert (line["level"], line["message"]) == ("critical", "service cannot start")
    assert line["problem"].startswith(problem)


def test_a_port_in_use_is_said(start_service: StartService, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is taken ends the process with exit code 1 and the system's words."""
    for name, value in {**SURROUNDINGS, **ENVIRON}.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        assert serve.main([SLOW, "--host", "127.0.0.1"]) == 1


def test_the_port_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --port the variable PORT counts, and what is no number is said to be none."""
    for name, value in {**SURROUNDINGS, **ENVIRON}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PORT", raising=False)
    seen: list[tuple[str, int]] = []

    def run(_app: Starlette, *, host: str, port: int) -> int:
        seen.append((host, port))
        return 0

    monkeypatch.setattr(serve, "run", run)

    assert serve.main([SLOW]) == 0
    monkeypatch.setenv("PORT", "9000")
    assert serve.main([SLOW, "--host", "127.0.0.1"]) == 0
    assert seen == [("0.0.0.0", 8080), ("127.0.0.1", 9000)]
    monkeypatch.setenv("PORT", "http")
    assert serve.main([SLOW]) == 1


def test_a_factory_must_exist() -> None:
    """`module:function` that names nothing is an error with a hint."""
    for reference in ("nothing", "services.runtime.serve:missing", ":x"):
        with pytest.raises(ServiceError) as caught:
            serve.load_factory(reference)
        assert caught.value.hint == "give it as module:function"
