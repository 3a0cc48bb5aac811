"""Reading policy documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.cloud.iam.document import parse_policy
from sandbox.cloud.iam.errors import PolicyDocumentError

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(statement: Any, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement, **more})


def test_one_statement_need_not_be_a_list() -> None:
    """Nor one action, resource or value."""
    one, many = parse_policy(document(ALLOW)), parse_policy(document([{**ALLOW, "Action": ["s3:GetObject"]}]))
    assert one.statements == many.statements


def test_booleans_and_numbers_are_texts() -> None:
    """As AWS takes them in conditions."""
    read = parse_policy(document({**ALLOW, "Condition": {"Bool": {"a": True}, "NumericEquals": {"b": 3}}}))
    assert [one.wanted for one in read.statements[0].conditions] == [("true",), ("3",)]


def test_variables_are_of_the_newer_language() -> None:
    """Without its version, `${` is text."""
    older = json.dumps({"Statement": [ALLOW]})
    assert [parse_policy(text).statements[0].variables for text in (document(ALLOW), older)] == [True, False]


def test_unknown_elements_are_kept() -> None:
    """Whoever judges knows that something is not understood."""
    assert parse_policy(document({**ALLOW, "Unless": "x"})).statements[0].strange == ("Unless",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no `Statement`"),
        (document("Allow"), "neither a statement nor a list"),
        (document(["Allow"]), "statement 1 is no object"),
        (document([ALLOW, {**ALLOW, "Effect": "allow"}]), "statement 2 has the effect `allow`"),
        (document({"Effect": "Allow", "Resource": "*"}), "names no action"),
        (document({**ALLOW, "NotAction": "s3:*"}), "both Action and NotAction"),
        (document({**ALLOW, "NotResource": "*"}), "both Resource and NotResource"),
        (document({**ALLOW, "Principal": "*", "NotPrincipal": "*"}), "both Principal and NotPrincipal"),
        (document({**ALLOW, "Principal": "everybody"}), "a Principal that names nobody"),
        (document({**ALLOW, "Principal": {"AWS": 1}}), "a Principal that names nobody"),
        (document({**ALLOW, "Condition": {"Bool": "x"}}), "a condition that is not"),
        (document({**ALLOW, "Condition": {"Bool": {"x": None}}}), "neither a text nor a list"),
        (document({**ALLOW, "Action": {"s3": "*"}}), "neither a text nor a list"),
    ],
)
def test_a_malformed_document_says_what_is_wrong(text: str, said: str) -> None:
    """And in which statement."""
    with pytest.raises(PolicyDocumentError, match=said):
        parse_policy(text)
