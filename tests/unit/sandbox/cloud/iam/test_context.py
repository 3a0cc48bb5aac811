"""Condition keys of a request."""

from __future__ import annotations

from sandbox.cloud.iam.context import Context, Missing


def test_names_of_keys_are_compared_without_case() -> None:
    """As IAM does; the case of values stays."""
    context = Context({"kms:EncryptionContext:SecretARN": "Abc"})
    assert context.find("KMS:encryptioncontext:secretarn") == ("Abc",)


def test_an_absent_key_is_not_an_unknown_one() -> None:
    """Whoever asks says of which keys it knows that the request has none."""
    context = Context(judged=lambda key: key == "aws:sourcearn")
    assert context.find("aws:SourceArn") is Missing.ABSENT
    assert context.find("aws:SourceVpc") is Missing.UNKNOWN


def test_what_is_told_stays_when_more_is_added() -> None:
    """Keys of the asker are added to those of the request, and replace none."""
    context = Context({"a": "1"}, judged=lambda _: False).extended({"A": "2", "b": "3"})
    assert (context.find("a"), context.find("b"), context.find("c")) == (("1",), ("3",), Missing.UNKNOWN)
