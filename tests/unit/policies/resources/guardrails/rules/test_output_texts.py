"""Outputs that became text."""

from __future__ import annotations

import asyncio

import pulumi
import pytest

from policies.resources.guardrails.rules.output_texts import OUTPUT_TEXT
from tests.support.resources.judged import FAILED, PASSED, detail, resource, verdict

BUCKET, POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
PYTHON = "Calling __str__ on an Output[T] is not supported.\n\nTo get the value of an Output[T] ..."


@pytest.mark.parametrize(
    "text",
    [
        PYTHON,
        f"arn:aws:s3:::{PYTHON}/*",
        "Calling [toString] on an [Output<T>] is not supported.",
        "<pulumi.output.Output object at 0x7f0000>",
        "[object Promise]",
        "Pulumi.Output`1[System.String]",
        "com.pulumi.core.internal.OutputInternal@1b2c",
        "&{%!s(*pulumi.OutputState=0xc000)}",
    ],
)
def test_each_languages_text_is_known(text: str) -> None:
    """Wherever it stands: at the top, in a list, in a block, in a document, as a key."""
    assert verdict(OUTPUT_TEXT.id, resource(BUCKET, bucket=text)) is FAILED
    assert verdict(OUTPUT_TEXT.id, resource(BUCKET, tags={"a": text})) is FAILED
    assert verdict(OUTPUT_TEXT.id, resource(BUCKET, tags={text: "a"})) is FAILED
    assert verdict(OUTPUT_TEXT.id, resource(BUCKET, lifecycleRules=[{"prefix": text}])) is FAILED
    nested = resource(POLICY, policy={"Statement": [{"Resource": [text]}]})
    assert (
        detail(OUTPUT_TEXT.id, nested)
        == "`policy.Statement.Resource` has an output as text, and not its value"
    )


@pytest.mark.filterwarnings("ignore")
def test_the_sdk_still_says_so() -> None:
    """What this Pulumi makes of an output in a text is among those that are known."""

    async def written() -> str:
        return f"arn:{pulumi.Output.from_input('x')}"

    text = asyncio.run(written())
    assert verdict(OUTPUT_TEXT.id, resource(BUCKET, bucket=text)) is FAILED


def test_other_texts_pass() -> None:
    """The words alone are no output."""
    it = resource(
        BUCKET, bucket="outputs", tags={"note": "an Output is a promise"}, versioning={"enabled": True}
    )
    assert verdict(OUTPUT_TEXT.id, it) is PASSED
