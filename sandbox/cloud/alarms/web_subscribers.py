"""Delivers messages of topics to web addresses, as SNS does: behind the call that publishes, and again when
it fails.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: three more attempts, 20 seconds
apart; what the receiver refuses (4xx, but 429) is not tried again. moto posts within the call, once, without
a time-out, to wherever it is told. Here addresses of this machine alone are posted to, as a rehearsal must
tell nobody; the log names what was not sent. A subscription counts as confirmed at once: no message asks.
"""

from __future__ import annotations

import functools
import http.client
import json
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.cloud.access.page_requests import is_loopback

log = logging.getLogger(__name__)

ATTEMPTS = 4
PAUSE_SECONDS = 20.0
TIMEOUT_SECONDS = 15.0
CAPACITY = 1000
"""Messages that wait at most; the next is lost, and the log says so."""
_INSTALLED = "_myelin_web_subscribers"

Post = Callable[[str, bytes, Mapping[str, str]], int]
"""Posts a body with headers to an address; gives the status, and raises OSError or HTTPException."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebMessage:
    """A message on its way to one subscriber."""

    url: str
    document: Mapping[str, Any]
    subscription: str

    @property
    def headers(self) -> dict[str, str]:
        """What SNS sends beside it."""
        return {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": str(self.document["Type"]),
            "x-amz-sns-message-id": str(self.document["MessageId"]),
            "x-amz-sns-topic-arn": str(self.document["TopicArn"]),
            "x-amz-sns-subscription-arn": self.subscription,
        }


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post to a web address of this machine."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        path = parts.path or "/"
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


class WebSubscribers:
    """Sends from a queue, in a thread of its own, so that whoever publishes does not wait."""

    def __init__(self, *, pause: float = PAUSE_SECONDS, send: Post = post) -> None:
        """`pause`: real seconds between attempts."""
        self._pause = pause
        self._send = send
        self._waiting: queue.Queue[WebMessage | None] = queue.Queue(CAPACITY)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web-subscribers", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End after the attempt under way."""
        self._stopping.set()
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            log.warning("%d messages to web addresses are lost", CAPACITY)
        if self._thread.is_alive():
            self._thread.join(timeout)

    def put(self, message: WebMessage) -> None:
        """Send a message; returns at once."""
        if not is_loopback(urlsplit(message.url).hostname or ""):
            log.warning("not sent, as a sandbox tells nobody outside of this machine: %s", message.url)
            return
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            log.warning("a message to %s is lost: %d wait already", message.url, CAPACITY)

    def deliver(self, message: WebMessage) -> bool:
        """Try until the subscriber has it, or refuses it; whether it has it."""
        body = json.dumps(dict(message.document)).encode()
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt and self._stopping.wait(self._pause):
                break
            try:
                status = self._send(message.url, body, message.headers)
            except (OSError, http.client.HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if 200 <= status < 300:
                return True
            problem = f"status {status}"
            if 400 <= status < 500 and status != 429:
                break
        log.warning("the subscriber %s did not take a message: %s", message.url, problem)
        return False

    def _run(self) -> None:
        while (message := self._waiting.get()) is not None and not self._stopping.is_set():
            try:
                self.deliver(message)
            except Exception:
                # an address that cannot be read must not keep the next message
                log.exception("a message to %s is lost", message.url)


def install(subscribers: WebSubscribers) -> None:
    """Have moto's SNS hand messages for web addresses to these. Imports moto."""
    from moto.sns.models import Subscription  # noqa: PLC0415 - moto is loaded late

    found: Any = Subscription
    original = getattr(found, _INSTALLED, found.publish)

    @functools.wraps(original)
    def publish(subscription: Any, message: str, message_id: str, **given: Any) -> None:
        if subscription.protocol not in ("http", "https"):
            original(subscription, message, message_id, **given)
            return
        matcher = subscription._filter_policy_matcher  # noqa: SLF001 - as moto looks at it itself
        if matcher is not None and not matcher.matches(given.get("message_attributes"), message):
            return
        if given.get("message_structure") == "json":
            message = subscription._parse_message_structure(message, subscription.protocol)  # noqa: SLF001
        document = subscription.get_post_data(message, message_id, given.get("subject"))
        subscribers.put(
            WebMessage(url=subscription.endpoint, document=document, subscription=subscription.arn)
        )

    found.publish = publish
    setattr(found, _INSTALLED, original)
