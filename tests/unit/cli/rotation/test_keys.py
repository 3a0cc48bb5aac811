"""KMS keys: how often they were rotated on demand, and what is under older material. KEY-1."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cli.errors import UsageError
from cli.rotation.errors import KeyLimitError, NotRotatedError
from cli.rotation.keys import MOST_ON_DEMAND, KmsKeys, older_versions
from tests.support.rotation.fake_clients import NOW, FakeClient, listed_secret, refuses


def kms(*, on_demand: int = 1, spec: str = "SYMMETRIC_DEFAULT", **answers: Any) -> FakeClient:
    """A key `axon` of dev, rotated by its schedule a year ago and on demand since."""
    rotations = [{"RotationType": "AUTOMATIC", "RotationDate": NOW - timedelta(365)}]
    rotations += [{"RotationType": "ON_DEMAND", "RotationDate": NOW} for _ in range(on_demand)]
    aliases = [("alias/dev/axon", "1"), ("alias/staging/axon", "2"), ("alias/aws/s3", "3")]
    return FakeClient(
        {
            "list_aliases": {"Aliases": [{"AliasName": name, "TargetKeyId": key} for name, key in aliases]},
            "describe_key": {"KeyMetadata": {"Arn": "arn:key/1", "KeySpec": spec}},
            "get_key_rotation_status": {"KeyRotationEnabled": True, "RotationPeriodInDays": 365},
            "list_key_rotations": {"Rotations": rotations},
            "rotate_key_on_demand": {},
            **answers,
        }
    )


def test_keys_are_those_of_the_environment() -> None:
    """By their aliases; an unknown one is told with the nearest."""
    keys = KmsKeys(kms(), "dev")
    assert keys.names() == ("axon",)
    with pytest.raises(UsageError) as error:
        keys.read("axn")
    assert error.value.hint == "did you mean `axon`"


def test_on_demand_rotations_are_counted_and_bounded() -> None:
    """Those by schedule do not count; after 25 a key takes no more, and KMS is not asked."""
    client = kms(on_demand=MOST_ON_DEMAND - 1)
    keys = KmsKeys(client, "dev")
    found = keys.read("axon")
    assert (found.on_demand, found.left, found.period_days) == (24, 1, 365)
    keys.rotate(found)
    assert client.calls[-1] == ("rotate_key_on_demand", {"KeyId": "arn:key/1"})
    full = KmsKeys(kms(on_demand=MOST_ON_DEMAND), "dev")
    with pytest.raises(KeyLimitError, match="25 times"):
        full.rotate(full.read("axon"))


def test_an_asymmetric_key_is_bad_input() -> None:
    """KMS rotates none."""
    keys = KmsKeys(kms(spec="ECC_NIST_P256"), "dev")
    with pytest.raises(UsageError, match="asymmetric"):
        keys.rotate(keys.read("axon"))


@pytest.mark.parametrize(
    ("code", "raised"), [("LimitExceededException", KeyLimitError), ("KMSInternalException", NotRotatedError)]
)
def test_what_kms_refuses_is_told(code: str, raised: type[Exception]) -> None:
    """Its bound is known from what it says, too: the list may be behind."""
    keys = KmsKeys(kms(rotate_key_on_demand=refuses(code, "too often")), "dev")
    with pytest.raises(raised, match="too often"):
        keys.rotate(keys.read("axon"))


def test_versions_from_before_the_last_rotation_are_under_older_material() -> None:
    """Labelled versions of secrets under this key, from all pages; not those written since."""
    pages = {
        "": {"Versions": [_version("older", -1, "AWSPREVIOUS"), _version("bare", -1)], "NextToken": "t"},
        "t": {"Versions": [_version("newer", 1, "AWSCURRENT")]},
    }
    secrets = FakeClient(
        {
            "list_secrets": {
                "SecretList": [
                    listed_secret("axon/heartbeat-key", KmsKeyId="arn:key/1"),
                    listed_secret("orbit/other", KmsKeyId="arn:key/2"),
                ]
            },
            "list_secret_version_ids": lambda **asked: pages[asked.get("NextToken", "")],
        }
    )
    (found,) = older_versions(secrets, KmsKeys(kms(), "dev").read("axon"), "dev")
    assert (found.secret, found.version, found.labels) == ("axon/heartbeat-key", "older", ("AWSPREVIOUS",))


def test_a_key_that_was_never_rotated_has_one_material() -> None:
    """Nothing is asked then."""
    keys = KmsKeys(kms(list_key_rotations={"Rotations": []}), "dev")
    assert older_versions(FakeClient(), keys.read("axon"), "dev") == ()


def _version(name: str, hours: int, *labels: str) -> dict[str, Any]:
    return {"VersionId": name, "VersionStages": list(labels), "CreatedDate": NOW + timedelta(hours=hours)}
