"""What a sandbox is started with, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.cloud.access.errors import NotPrivateError
from sandbox.cloud.host import state
from sandbox.cloud.host.errors import HostBusyError, HostFailedError, LeftoverError
from sandbox.cloud.host.options import HostOptions, HostPorts
from sandbox.cloud.host.start import find_any, host_environment
from sandbox.cloud.host.state import Host


def test_options_survive_the_way_to_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and read again they are equal, with absolute paths."""
    monkeypatch.chdir(tmp_path)
    options = HostOptions(
        images=Path("images.toml"),
        project_root=Path(),
        ports=HostPorts(emulator=1, load_balancer=2),
        region="eu-west-1",
        time_scale=6,
    )
    read = HostOptions.from_json(options.to_json())
    assert read == HostOptions(
        images=tmp_path / "images.toml",
        project_root=tmp_path,
        ports=options.ports,
        region="eu-west-1",
        time_scale=6,
    )


def test_state_is_written_whole_and_read_again(tmp_path: Path) -> None:
    """The state file gives back what was written, and nothing else is left beside it."""
    host = Host(
        endpoint="http://127.0.0.1:1",
        pid=7,
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        incarnation="abc",
        directory=tmp_path,
        version="0123",
    )
    host.write()
    assert state.read(tmp_path) == host
    assert [path.name for path in tmp_path.iterdir()] == ["host.json"]
    state.remove(tmp_path, "another")
    assert state.read(tmp_path) == host
    state.remove(tmp_path, "abc")
    assert state.read(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"endpoint": 1', '{"endpoint": "x", "pid": 1, "started_at": 3}']
)
def test_damaged_state_is_no_state(tmp_path: Path, text: str) -> None:
    """A file that cannot be read counts for nothing."""
    (tmp_path / "host.json").write_text(text)
    (tmp_path / "host.json").chmod(0o600)
    assert state.read(tmp_path) is None


def test_a_state_that_others_may_have_written_is_refused(tmp_path: Path) -> None:
    """FID-2: its endpoint could be theirs, and would be asked with this user's keys."""
    file = tmp_path / "host.json"
    file.write_text("{}")
    file.chmod(0o666)
    with pytest.raises(NotPrivateError, match=r"host\.json"):
        state.read(tmp_path)
    file.chmod(0o600)
    tmp_path.chmod(0o770)
    with pytest.raises(NotPrivateError, match="0770"):
        find_any(tmp_path)
    tmp_path.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(NotPrivateError, match="is a link"):
        find_any(link)


def test_background_process_inherits_no_account_and_no_proxy(tmp_path: Path) -> None:
    """Nothing of a real AWS account or of a proxy reaches the sandbox; everything carries its mark."""
    own = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": "https://x",
        "PULUMI_ACCESS_TOKEN": "t",
        "HTTPS_PROXY": "http://p",
        "no_proxy": "*",
    }
    assert host_environment(own, tmp_path) == {
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        "MYELIN_SANDBOX": str(tmp_path.resolve()),
    }


def test_errors_are_worded_for_people(tmp_path: Path) -> None:
    """Each error says what is wrong, quotes what it knows and gives a hint."""
    failed = HostFailedError(reason="no answer", log=tmp_path / "host.log", lines=["a", "b"])
    assert failed.message == "the sandbox did not start: no answer\n  a\n  b"
    assert failed.hint == f"the whole log is in {tmp_path}/host.log"
    busy = HostBusyError(tmp_path, 60)
    assert busy.message == (
        f"another command has been starting or stopping the sandbox in `{tmp_path}` for 60 s"
    )
    assert LeftoverError([3, 4]).message == "processes of the sandbox are still there: 3, 4"


def test_last_lines_of_the_log(tmp_path: Path) -> None:
    """The end of the log, without empty lines; nothing when there is no log."""
    assert state.last_lines(tmp_path) == ()
    (tmp_path / "host.log").write_text("1\n\n2\n3\n")
    assert state.last_lines(tmp_path, 2) == ("2", "3")
