"""The baseline: failures that were there when checking began, in a file, not counted against a run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from .errors import BaselineError, OutputError
from .values import Finding

VERSION = 1


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline; raises BaselineError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BaselineError(
            "there is no such baseline", path=path, hint=f"make it with --write-baseline {path}"
        ) from error
    except (OSError, ValueError) as error:
        raise BaselineError(
            "the baseline is not JSON", path=path, hint="make it anew with --write-baseline"
        ) from error
    known = document.get("findings") if isinstance(document, dict) else None
    if (
        not isinstance(known, list)
        or document.get("version") != VERSION
        or not all(isinstance(item, str) for item in known)
    ):
        raise BaselineError("this is no baseline", path=path, hint="make one with --write-baseline")
    return frozenset(known)


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Keep failures as known; raises OutputError."""
    document = {"version": VERSION, "findings": sorted({finding.fingerprint for finding in findings})}
    try:
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"the baseline cannot be written: {error.strerror}", path=path, hint="choose another place"
        ) from error
