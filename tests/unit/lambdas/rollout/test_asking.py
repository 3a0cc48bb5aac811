"""One GET: its status, or why there is none. DEL-4."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lambdas.rollout.asking import USER_AGENT, ask


class Answers(BaseHTTPRequestHandler):
    """Answers `/<status>`; a redirect leads to `/200`."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(str(self.headers["User-Agent"]))
        status = int(self.path.removeprefix("/"))
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    Answers.seen = []
    with HTTPServer(("127.0.0.1", 0), Answers) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [200, 204, 302, 404, 503])
def test_the_status_is_the_answer(server: str, status: int) -> None:
    """Whatever it is, and a redirect is not followed; the request says who asks."""
    answer = ask(f"{server}/{status}")
    assert (answer.status, answer.why) == (status, "")
    assert Answers.seen == [USER_AGENT]


def test_nobody_there() -> None:
    """Why there is no status is said."""
    with HTTPServer(("127.0.0.1", 0), Answers) as closed:
        port = closed.server_port
    answer = ask(f"http://127.0.0.1:{port}/200")
    assert answer.status is None
    assert answer.why
    assert not answer.good
