"""A service that does what must not be done twice: each deed is a line in a book that its tasks share."""

from __future__ import annotations

import asyncio
import os

from pydantic import BaseModel, Field

from services.runtime import Call, Service
from services.runtime.settings import RuntimeSettings

service = Service(title="Ledger")


class LedgerSettings(RuntimeSettings):
    """`book` is the file of the book."""

    book: str = Field(alias="BOOK")


class Credit(BaseModel):
    """A deed that takes `seconds` once it is in the book."""

    seconds: float = 0.0


@service.intent("credit")
async def credit(call: Call[Credit]) -> dict[str, str]:
    """Write the deed into the book, by its key."""
    key = call.idempotency_key or ""
    book = os.open(service.settings(LedgerSettings).book, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(book, f"{key}\n".encode())
    finally:
        os.close(book)
    await asyncio.sleep(call.payload.seconds)
    return {"key": key}
