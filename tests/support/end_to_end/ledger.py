"""A copy of the project with a ledger, whose deeds can be counted, and a load on it."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from cli.loading.answers import Answered
from cli.loading.clients import Load, run
from tests.support.end_to_end.project import ProjectCopy

DECLARATION = """description = "Keeps a book of deeds"
tier = "isolated"
port = 8083
cpu = 256
memory = 512

[scaling]
min = 2
max = 2

[[intents]]
name = "credit"

[environment]
BOOK = "{book}"
"""
APPLICATION = "tests.support.end_to_end.ledger_service:service"
IMAGE = f"""
[[image]]
repository = "ledger"
tag = "*"
command = [
  "{{python}}", "-m", "services.runtime.serve", "{APPLICATION}", "--host", "127.0.0.1", "--port", "{{port}}"
]
environment = {{ PYTHONUNBUFFERED = "1" }}
"""
IMPATIENT = """LOG_LEVEL = "INFO"
TARGET_ATTEMPT_SECONDS = "0.5"
GOVERNANCE_TIMEOUT_SECONDS = "1.5"
REQUEST_TIMEOUT_SECONDS = "4"
"""
"""Orbit's own times, so that a test need not wait for the usual ones."""


def with_ledger(copy: ProjectCopy) -> ProjectCopy:
    """Declare the ledger, and that an impatient Orbit calls it."""
    folder = copy.root / "services" / "ledger"
    folder.mkdir()
    declaration = DECLARATION.format(book=copy.root / "book")
    (folder / "service.toml").write_text(declaration, encoding="utf-8")
    images = copy.path("services/images.toml")
    images.write_text(images.read_text(encoding="utf-8") + IMAGE, encoding="utf-8")
    called = '[[calls]]\nservice = "ledger"\nintent = "credit"\n\n[environment]\n'
    copy.edit("services/orbit/service.toml", "[environment]\n", called)
    copy.edit("services/orbit/service.toml", 'LOG_LEVEL = "INFO"\n', IMPATIENT)
    copy.edit(
        "policies/calls/rules/schema.cedarschema",
        'action "reason", "erase"',
        'action "reason", "credit", "erase"',
    )
    return copy


def deeds(copy: ProjectCopy) -> Counter[str]:
    """How often each deed is in the book."""
    book: Path = copy.root / "book"
    return Counter(book.read_text(encoding="utf-8").split() if book.exists() else ())


def credit(
    copy: ProjectCopy, key: str | None = None, **payload: Any
) -> tuple[int, httpx.Headers, dict[str, Any]]:
    """Have a deed done through Orbit, under a key of its own unless one is given; each key has its tenant."""
    key = key or uuid.uuid4().hex
    status, headers, answer = copy.dispatch(
        "credit", headers={"idempotency-key": key}, tenant=key, payload=payload
    )
    return status, headers, answer


class Loading:
    """A load that runs beside the test; `answers` are what became of its requests."""

    def __init__(self) -> None:
        self.answers: list[Answered] = []

    @property
    def outcomes(self) -> dict[str, int]:
        """How many requests ended how."""
        return dict(Counter(each.outcome for each in self.answers))


@contextmanager
def load(copy: ProjectCopy, intent: str = "reason", *, clients: int = 6, **more: Any) -> Iterator[Loading]:
    """Clients that obey Retry-After ask as long as the block lasts; at its end all have their answers."""
    loading, over = Loading(), threading.Event()
    wanted = Load(
        url=f"{copy.address}/dispatch",
        body={"intent": intent, **more},
        requests=100_000,
        concurrency=clients,
        timeout=20,
    )
    thread = threading.Thread(
        target=lambda: asyncio.run(run(wanted, loading.answers.append, stopping=over.is_set))
    )
    thread.start()
    try:
        yield loading
    finally:
        over.set()
        thread.join()
