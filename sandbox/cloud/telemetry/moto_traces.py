"""Stores trace segments in moto's X-Ray directly, not over HTTP.

It calls the method that PutTraceSegments calls. Under load there are hundreds of segments a second; over HTTP
they cost the background process as much as the requests that they are about.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sandbox.cloud.emulator.emulator import ACCOUNT
from sandbox.cloud.emulator.locks import ServiceLocks

log = logging.getLogger(__name__)


class MotoTraces:
    """Keeps segment documents in moto's backend of a region."""

    def __init__(self, region: str, locks: ServiceLocks) -> None:
        """`locks` keep segments and API calls from overlapping."""
        self._region = region
        self._locks = locks

    def store(self, documents: Sequence[str]) -> None:
        """Store segments; the log names each that moto refuses."""
        from moto.xray.models import xray_backends  # noqa: PLC0415 - imports moto, which is loaded late

        backend: Any = xray_backends[ACCOUNT][self._region]
        for document in documents:
            # one after another, so that a call need not wait for all of them
            with self._locks.held("xray"):
                try:
                    backend.process_segment(document)
                except Exception as error:  # noqa: BLE001 - whatever a segment is, the others are kept
                    log.warning("a trace segment was refused: %s", error)
