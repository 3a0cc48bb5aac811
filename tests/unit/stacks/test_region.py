"""The region of an environment's stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.config_file import ConfigFile
from stacks.errors import StackSettingsError
from stacks.names import Layer
from stacks.region import REGION_KEY, check_region, common_region, known_regions
from stacks.settings import settings_of


def stack_file(name: str, region: str | None) -> ConfigFile:
    values = {} if region is None else {REGION_KEY: region}
    return ConfigFile(path=Path(f"Pulumi.dev-{name}.yaml"), values=values, lines=dict.fromkeys(values, 2))


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1"])
def test_regions_of_every_partition_are_known(region: str) -> None:
    """A region of any partition is accepted, and so is none at all."""
    check_region({REGION_KEY: region})
    check_region({})


@pytest.mark.parametrize("region", ["us-nowhere-9", "aws-global", "", "US-EAST-1", '["us-east-1"]'])
def test_unknown_region_is_named_with_its_place(region: str) -> None:
    """What is no region is refused with file, line and hint, whichever layer's settings are read."""
    assert region not in known_regions()
    source = stack_file("foundation", region)
    with pytest.raises(StackSettingsError, match="no region of AWS") as caught:
        settings_of(Layer.FOUNDATION, source.values, source)
    assert caught.value.location == "Pulumi.dev-foundation.yaml:2"
    assert caught.value.hint


def test_near_miss_is_suggested() -> None:
    """A misspelt region comes with the one that was meant."""
    with pytest.raises(StackSettingsError) as caught:
        check_region({REGION_KEY: "eu-wset-1"})
    assert caught.value.hint.startswith("did you mean `eu-west-1`")


def test_files_of_an_environment_agree() -> None:
    """The region that all files name, or that none does, is the environment's."""
    assert common_region([stack_file("foundation", "eu-west-1"), stack_file("platform", "eu-west-1")]) == (
        "eu-west-1"
    )
    assert common_region([stack_file("foundation", None), stack_file("platform", None)]) is None


@pytest.mark.parametrize(
    ("first", "second"), [("eu-west-1", "us-east-1"), ("eu-west-1", None), (None, "eu-west-1")]
)
def test_files_that_do_not_agree_are_refused(first: str | None, second: str | None) -> None:
    """Two regions in one environment are refused at the second file, also where one is only implied."""
    with pytest.raises(StackSettingsError, match=r"in Pulumi\.dev-foundation\.yaml") as caught:
        common_region([stack_file("foundation", first), stack_file("platform", second)])
    assert caught.value.path == Path("Pulumi.dev-platform.yaml")
