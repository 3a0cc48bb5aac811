"""Which services a command looks at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.observing.deployed_services import chosen_services, pace_of, require_known
from tests.support.worlds.fake_world import OUTPUTS, fake_world


def test_one_or_all(tmp_path: Path) -> None:
    """Those that are deployed, whatever is declared; an unknown one is an error with what is meant."""
    world = fake_world(tmp_path, recorded=dict(OUTPUTS))
    assert chosen_services(world, "") == chosen_services(world, "axon") == ("axon",)
    with pytest.raises(UsageError, match="no service `axn` is deployed") as raised:
        chosen_services(world, "axn")
    assert raised.value.hint == "did you mean `axon`; there are axon"


def test_nothing_is_there() -> None:
    """The hint says so."""
    with pytest.raises(UsageError) as raised:
        require_known("service", "x", ())
    assert raised.value.hint == "there is none"


def test_the_pace_is_the_world_s(tmp_path: Path) -> None:
    """Metrics are kept more closely where time runs faster."""
    world = fake_world(tmp_path, recorded=dict(OUTPUTS))
    world.state = replace(world.state, time_scale=60)
    assert pace_of(world) == 60
