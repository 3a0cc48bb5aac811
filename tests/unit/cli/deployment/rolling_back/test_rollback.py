"""Going back to an earlier release: all of it together, or the reason why not. DEL-4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.pipeline import preview
from cli.deployment.rolling_back.rollback import (
    CannotComeBackError,
    NothingBeforeError,
    choose_release,
    prepare_rollback,
    releases_of,
)
from cli.errors import UsageError
from cli.images.copies import open_store
from cli.releases.release import Release, ReleaseState
from policies.calls.store.policy_store import document_key
from tests.support.governance.fixtures import _aws_settings, policy_table, shared_dynamodb
from tests.support.releases import release
from tests.support.worlds.deploying import Line, releases_in, two_releases

__all__ = ["_aws_settings", "policy_table", "shared_dynamodb"]
GOOD = (ReleaseState.APPLIED, ReleaseState.SUCCEEDED)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, shared_dynamodb: Any) -> Iterator[Line]:
    """Two releases, for tests that leave them as they are."""
    with two_releases(tmp_path_factory.mktemp("line"), shared_dynamodb) as made:
        yield made


def reason(line: Line, chosen: Release | None = None) -> str:
    """Why release 1, or another, cannot come back."""
    project, world = line
    ledger, releases = releases_of(world)
    with (
        pytest.raises(CannotComeBackError) as raised,
        prepare_rollback(project, world, ledger, chosen or releases[0], releases[-1]),
    ):
        pass
    return raised.value.message


def test_a_preview_of_it_changes_nothing(line: Line, shared_dynamodb: Any) -> None:
    """It says which policies would be in force, and what differs."""
    project, world = line
    ledger, releases = releases_of(world)
    with prepare_rollback(project, world, ledger, releases[0], releases[1]) as back:
        found = preview(back.project, back.world, aim=back.aim)
        names = [one.name for one in back.differences]
    assert (found.policies.version, found.policies.current) == tuple(one.policy_version for one in releases)
    assert names == ["platform myelin:logRetentionDays", "night.cedar"]
    assert len(releases_in(shared_dynamodb)) == 2


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (None, "aws:dynamodb/table:Table policies was deleted since, with what it held"),
        ("policies 2027", "aws:dynamodb/table:Table policies was replaced since, and holds other data"),
    ],
)
def test_data_that_is_gone_keeps_it_from_coming_back(
    line: Line, monkeypatch: pytest.MonkeyPatch, now: str | None, said: str
) -> None:
    """A table that was deleted or replaced since holds other items."""
    there = {} if now is None else dict.fromkeys(line[1].durable, now)
    monkeypatch.setattr(line[1], "durable", there)
    assert said in reason(line)


def test_an_image_whose_copy_is_gone_keeps_it_from_coming_back(line: Line) -> None:
    """The code may change, as the image is a copy; without the copy, its digest needs a row of its own."""
    project, world = line
    ledger, releases = releases_of(world)
    digest = ledger.inputs(releases[0]).images["axon"]
    row = f'[[image]]\nrepository = "axon"\ntag = "{digest}"\ncommand = ["{{python}}", "-m", "old"]\n'
    copy = open_store(project).find(digest)
    assert copy is not None
    with changed(project.code / "axon" / "app.py", "changed = True\n"):
        with prepare_rollback(project, world, ledger, releases[0], releases[1]) as back:
            assert back.release == releases[0]
        with changed(copy.code / "services" / "axon" / "app.py", "hacked = True\n"):
            assert "of `axon` was changed" in reason(line)
        hidden = copy.code.parent.rename(copy.code.parent.with_name("hidden"))
        assert "of `axon` is not here; its code makes sha256:" in reason(line)
        with (
            changed(project.images, f"{project.images.read_text()}\n{row}"),
            prepare_rollback(project, world, ledger, releases[0], releases[1]) as back,
        ):
            assert back.release == releases[0]
        hidden.rename(copy.code.parent)


def test_policies_that_were_collected_keep_it_from_coming_back(line: Line, shared_dynamodb: Any) -> None:
    """The version is named."""
    version = releases_in(shared_dynamodb)[0].policy_version
    given = {"TableName": "policies", "Key": document_key("root", version)}
    root = shared_dynamodb.get_item(**given)["Item"]
    shared_dynamodb.delete_item(**given)
    try:
        assert f"version {version[:12]} of the policies is no longer kept" in reason(line)
    finally:
        shared_dynamodb.put_item(TableName="policies", Item=root)


def test_inputs_that_the_program_does_not_take_keep_it_from_coming_back(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the program's own words."""

    def refuse(*_: Any) -> None:
        raise UsageError("unknown setting `myelin:old`")

    monkeypatch.setattr("cli.deployment.rolling_back.rollback.read_inputs", refuse)
    assert "this program does not take its inputs (unknown setting `myelin:old`)" in reason(line)


def test_what_was_never_applied_cannot_come_back(line: Line) -> None:
    """Nobody knows how it would have been."""
    assert "it was never applied as a whole, it is started" in reason(line, release(3))


@contextmanager
def changed(path: Path, text: str) -> Iterator[None]:
    """A file with another text, or a new one, for as long as the block lasts."""
    before = path.read_text() if path.exists() else None
    path.write_text(text)
    yield
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


@pytest.mark.parametrize(
    ("releases", "chosen"),
    [
        ([release(1, *GOOD, inputs="a"), release(2, *GOOD, inputs="b")], 1),
        ([release(1, *GOOD, inputs="a"), release(2, ReleaseState.FAILED, inputs="b")], 1),
        ([release(1, *GOOD, inputs="a"), release(2, *GOOD, inputs="b"), release(3, *GOOD, inputs="b")], 1),
        ([release(1, *GOOD, inputs="a")], None),
        ([release(1, ReleaseState.FAILED, inputs="a"), release(2, *GOOD, inputs="b")], None),
        ([], None),
    ],
)
def test_by_default_it_goes_to_the_last_that_worked(releases: list[Release], chosen: int | None) -> None:
    """The newest that succeeded with other inputs than the newest of all; else there is nothing to go to."""
    if chosen is None:
        with pytest.raises(NothingBeforeError):
            choose_release(releases, "dev")
    else:
        assert choose_release(releases, "dev").number == chosen
