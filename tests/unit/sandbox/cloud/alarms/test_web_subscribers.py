"""Messages of topics to web addresses. OBS-3."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from moto import mock_aws
from moto.sns.models import Subscription

from sandbox.cloud.alarms import web_subscribers
from sandbox.cloud.alarms.web_subscribers import ATTEMPTS, WebMessage, WebSubscribers, install, post
from tests.support.cloudwatch.emulated import client

URL = "http://127.0.0.1:9/alerts"
DOCUMENT = {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": "red"}
MESSAGE = WebMessage(url=URL, document=DOCUMENT, subscription="s")


class Receiver:
    """Answers attempts with statuses, or fails with errors, one after the other."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.bodies: list[Any] = []

    def __call__(self, url: str, body: bytes, headers: Any) -> int:
        self.bodies.append(json.loads(body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("answers", "attempts", "taken"),
    [
        ([200], 1, True),
        ([ConnectionRefusedError(), 503, 429, 204], 4, True),
        ([500] * ATTEMPTS, ATTEMPTS, False),
        ([403], 1, False),
        ([404, 200], 1, False),
    ],
)
def test_what_fails_is_tried_again_and_what_is_refused_is_not(
    answers: list[int | Exception], attempts: int, taken: bool
) -> None:
    """As SNS: three more attempts, none after a 4xx but 429."""
    receiver = Receiver(*answers)
    assert WebSubscribers(pause=0, send=receiver).deliver(MESSAGE) is taken
    assert receiver.bodies == [DOCUMENT] * attempts


@pytest.mark.parametrize("url", ["https://alerts.example.com/hook", "http://10.0.0.1/", "https:///", "x"])
def test_nobody_outside_of_this_machine_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A rehearsal wakes nobody; the log says what was not sent."""
    receiver = Receiver()
    subscribers = WebSubscribers(send=receiver)
    subscribers.put(WebMessage(url=url, document=DOCUMENT, subscription="s"))
    subscribers.start()
    subscribers.stop()
    assert receiver.bodies == []
    assert url in caplog.text


def test_it_stops_while_it_waits_for_the_next_attempt() -> None:
    """Ending a sandbox does not wait for a subscriber that does not answer."""
    subscribers = WebSubscribers(pause=3600, send=Receiver(500))
    subscribers.start()
    subscribers.put(MESSAGE)
    subscribers.stop(60)
    assert not subscribers._thread.is_alive()


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of SNS, whose moto is put back afterwards."""
    monkeypatch.setattr(Subscription, "publish", Subscription.publish)
    with mock_aws():
        yield client("sns")
    if hasattr(Subscription, web_subscribers._INSTALLED):
        delattr(Subscription, web_subscribers._INSTALLED)


def test_a_published_message_reaches_a_web_subscriber_with_sns_s_headers(emulated: Any) -> None:
    """OBS-3: over a socket, from Publish to the receiver."""
    got: list[tuple[Any, Any]] = []
    arrived = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subscribers = WebSubscribers(pause=0.1)
    install(subscribers)
    install(subscribers)
    subscribers.start()
    try:
        topic = emulated.create_topic(Name="alerts")["TopicArn"]
        url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
        emulated.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        emulated.publish(TopicArn=topic, Subject="ALARM", Message="it is red")
        assert arrived.wait(60)
    finally:
        subscribers.stop()
        server.shutdown()
        server.server_close()
    [(headers, document)] = got
    assert (document["Subject"], document["Message"], document["TopicArn"]) == ("ALARM", "it is red", topic)
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == topic


def test_post_gives_the_status_or_an_error() -> None:
    """A port that nothing listens on is an OSError."""
    with pytest.raises(OSError, match="refused"):
        post("http://127.0.0.1:9/", b"{}", {})
