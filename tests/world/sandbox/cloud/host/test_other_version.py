"""A sandbox that was started by other code than the one that looks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import sandbox.cloud.host
from sandbox.cloud.host import Host
from sandbox.cloud.host.errors import OtherVersionError
from sandbox.cloud.host.version import code_version

pytestmark = pytest.mark.sandbox


def rewrite(directory: Path, **changes: str | None) -> None:
    """Change `host.json` as if other code had written it; None leaves a key out."""
    path = directory / "host.json"
    document = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))


@pytest.mark.parametrize("version", ["0123456789abcdef", None], ids=["other code", "code before versions"])
def test_a_sandbox_of_another_version_is_refused_and_can_be_stopped(
    start: Callable[..., Host], directory: Path, version: str | None
) -> None:
    """Finding and starting name it and say how to go on, and leave it alone; stopping ends it in order."""
    host = start()
    assert host.version == code_version()
    rewrite(directory, version=version)
    for attempt in (start, lambda: sandbox.cloud.host.find(directory)):
        with pytest.raises(OtherVersionError) as caught:
            attempt()
        assert (
            caught.value.message == f"the sandbox (process {host.pid}) was made by another version of Myelin"
        )
        assert "`myelin down`" in caught.value.hint
    found = sandbox.cloud.host.find_any(directory)
    assert found is not None
    assert (found.pid, found.version) == (host.pid, version or "")
    assert psutil.pid_exists(host.pid)
    stopped = sandbox.cloud.host.stop(directory)
    assert (stopped.host, stopped.graceful, stopped.cleaned) == (found, True, ())
    assert start().version == code_version()
