from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.provider.tagging import TagForm, ec2_tags, tag_change

TAGS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=5)


@given(TAGS, TAGS)
def test_a_change_leads_from_one_set_to_the_other(before: dict[str, str], after: dict[str, str]) -> None:
    """Removing, then adding what the comparison says gives exactly the wanted tags, nothing twice."""
    change = tag_change(before, after)
    kept = {name: value for name, value in before.items() if name not in change.remove}
    assert kept | change.add == after
    assert not change.add.keys() & set(change.remove)
    assert all(before.get(name) != value for name, value in change.add.items())


def test_no_tags_are_an_empty_set() -> None:
    """Absent tags compare like none."""
    assert tag_change(None, {"a": "1"}).add == {"a": "1"}
    assert tag_change({"a": "1"}, None).remove == ["a"]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (TagForm(), {"Tags": [{"Key": "a", "Value": "1"}]}),
        (TagForm(key="TagKey", value="TagValue"), {"Tags": [{"TagKey": "a", "TagValue": "1"}]}),
        (TagForm(argument="tags", key="key", value="value"), {"tags": [{"key": "a", "value": "1"}]}),
        (TagForm(key=None), {"Tags": {"a": "1"}}),
        (
            ec2_tags("vpc"),
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "1"}]}]},
        ),
    ],
)
def test_each_api_has_its_form(form: TagForm, written: dict[str, object]) -> None:
    """Tags are given at creation in the API's own form, and left out when there are none."""
    assert form.creation_arguments({"a": "1"}) == written
    assert form.creation_arguments({}) == {}


def test_changes_have_their_form_too() -> None:
    """EC2 takes keys as tags and resources as a list; others take plain keys and one subject."""
    assert ec2_tags("vpc").remove_arguments("vpc-1", ["a"]) == {
        "Resources": ["vpc-1"],
        "Tags": [{"Key": "a"}],
    }
    assert ec2_tags("vpc").add_arguments("vpc-1", {"a": "1"}) == {
        "Resources": ["vpc-1"],
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    assert TagForm().remove_arguments("arn", ["a"]) == {"ResourceArn": "arn", "TagKeys": ["a"]}
