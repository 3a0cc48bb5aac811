"""The state file of a running sandbox: `host.json` in its directory, from when it is ready until it stops."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.cloud.access.private_files import read_private_text, require_private_folder

STATE = "host.json"
LOG = "host.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A sandbox's background process.

    `endpoint` is the emulator's URL, `incarnation` is new for each start. `version` is that of the code that
    the process runs (see `sandbox.cloud.host.version`); empty for code that did not write one. `token` opens
    its control API.
    """

    endpoint: str
    pid: int
    started_at: datetime
    incarnation: str
    directory: Path
    version: str
    token: str = field(default="", repr=False)

    def write(self) -> None:
        """Write the state file atomically."""
        document = {
            "endpoint": self.endpoint,
            "pid": self.pid,
            "started_at": self.started_at.isoformat(),
            "incarnation": self.incarnation,
            "version": self.version,
            "token": self.token,
        }
        handle, name = tempfile.mkstemp(prefix=f".{STATE}-", dir=self.directory)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
        Path(name).replace(self.directory / STATE)


def read(directory: Path) -> Host | None:
    """Read the state file; None if there is none, or if it cannot be read.

    Raises NotPrivateError for one that somebody else may have written.
    """
    try:
        if (directory / STATE).exists():
            require_private_folder(directory)
        document = json.loads(read_private_text(directory / STATE))
        return Host(
            endpoint=document["endpoint"],
            pid=document["pid"],
            started_at=datetime.fromisoformat(document["started_at"]),
            incarnation=document["incarnation"],
            directory=directory,
            version=document.get("version", ""),
            token=document.get("token", ""),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unreadable(directory: Path) -> Path | None:
    """The state file, if there is one and it cannot be read: then nobody knows whether a sandbox runs."""
    path = directory / STATE
    return path if path.exists() and read(directory) is None else None


def remove(directory: Path, incarnation: str | None = None) -> None:
    """Remove the state file; with `incarnation`, only if it belongs to that one."""
    host = read(directory)
    if incarnation is None or host is None or host.incarnation == incarnation:
        (directory / STATE).unlink(missing_ok=True)


def last_lines(directory: Path, count: int = 12) -> tuple[str, ...]:
    """The last lines of the background process's log that are not empty."""
    try:
        text = (directory / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(line for line in text.splitlines() if line.strip())[-count:]
