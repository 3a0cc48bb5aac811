"""Inputs as the ledger keeps them: named by content, complete, and without what may be secret. DEL-4."""

from __future__ import annotations

import pytest

from cli.releases.recorded_inputs import RecordedInputs, canonical, digest, settings_texts, withheld_keys
from stacks.config_file import load_config_file
from stacks.layer_settings import SETTINGS
from stacks.names import StackName, existing_stacks
from stacks.settings import load_settings
from tests.support.paths import ROOT
from tests.support.releases import inputs


def test_equal_inputs_have_one_name() -> None:
    """The order of keys does not matter, and every change is another name."""
    one = inputs(images={"a": "1", "b": "2"})
    assert one.digest == inputs(images={"b": "2", "a": "1"}).digest == digest(one.document)
    assert one.digest != inputs(images={"a": "1", "b": "3"}).digest
    assert RecordedInputs.model_validate_json(one.document) == one
    assert canonical({"b": 1, "a": "ä"}) == '{"a":"ä","b":1}'


@pytest.mark.parametrize("stack", existing_stacks(ROOT), ids=str)
def test_settings_come_back_as_they_were(stack: StackName) -> None:
    """Every setting is said, with its default, and read again it is the same; what is None is left out."""
    model = SETTINGS[stack.layer]
    settings = load_settings(model, load_config_file(stack.config_file(ROOT)).plain_values())
    texts = settings_texts(settings)
    assert load_settings(model, texts) == settings
    said = [name for name in type(settings).model_fields if getattr(settings, name) is not None]
    assert len(texts) == len(said)
    assert len(settings_texts(settings, without=said[:1])) == len(said) - 1


def test_settings_of_other_namespaces_are_withheld() -> None:
    """They may be credentials of the provider; the region is none."""
    keys = {"aws:region": "r", "aws:secretKey": "s", "aws:token": "t", "myelin:vpcCidr": "10.0.0.0/16"}
    assert withheld_keys(keys) == ("aws:secretKey", "aws:token")
